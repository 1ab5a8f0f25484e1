/* Tokens: renewed in one place, once, and without the person noticing. */

import { ensure, fillCheckout, intoCart, placeButton } from './shop.mjs';

async function signedIn(shop, page) {
  const { email } = await shop.newAccount();
  await shop.to(page, '#/sign-in?next=/account');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('a bowl of warm lentils');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(email).waitFor();
}

const age = (page) => page.evaluate(() => {
  const session = JSON.parse(localStorage.getItem('souk.session'));
  localStorage.setItem('souk.session', JSON.stringify({ ...session, ends: Date.now() - 1000 }));
});

export const tests = {
  'an ended access token is renewed once for all requests': async (shop) => {
    const page = await shop.visit();
    await signedIn(shop, page);
    await age(page);
    let renewals = 0;
    page.on('request', (request) => { if (request.url().endsWith('/v1/sessions/refresh')) renewals++; });
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    ensure(renewals === 1, `${renewals} renewals for one view`);
  },

  'a token the API calls expired is renewed and the request repeated': async (shop) => {
    const page = await shop.visit({ expected: /401/ });
    await signedIn(shop, page);
    let refusals = 0;
    await page.route('**/v1/me', (route) => (refusals++ === 0
      ? route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"auth.token_expired","status":401,"title":"x"}' }) : route.continue()));
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    ensure(refusals === 2, `asked ${refusals} times`);
  },

  'a session that was ended asks to sign in, and the cart stays': async (shop) => {
    const page = await shop.visit({ expected: /401/ });
    await signedIn(shop, page);
    await page.evaluate(() => {
      const session = JSON.parse(localStorage.getItem('souk.session'));
      localStorage.setItem('souk.session', JSON.stringify({ ...session, refresh: 'x'.repeat(43), ends: 0 }));
      localStorage.setItem('souk.cart', JSON.stringify([{ sku_id: '1', product_id: '1', title: 'Bowl', price: 100, currency: 'EUR', qty: 1 }]));
    });
    await page.reload();
    await page.getByText('You have been signed out').waitFor();
    await page.getByRole('link', { name: 'Sign in', exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'Cart, 1 item' }).waitFor();
  },

  'a guest whose token is no good any more orders as a new guest': async (shop) => {
    const page = await shop.visit({ expected: /401/ });
    await intoCart(shop, page, await shop.product());
    await page.evaluate(() => localStorage.setItem('souk.guest', JSON.stringify({ access: 'a.b.c', account_id: '1', ends: Date.now() + 1e9 })));
    await fillCheckout(shop, page);
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page)).length === 1, 'there is not exactly one order');
  },

  'signing out forgets the tokens': async (shop) => {
    const page = await shop.visit();
    await signedIn(shop, page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    ensure(await page.evaluate(() => localStorage.getItem('souk.session') === null), 'the session is still stored');
  },
};
