/* Tokens: renewed in one place, once, and without the person noticing. */

import { ensure, fillCheckout, intoCart, placeButton, signIn } from './shop.mjs';

async function signedIn(shop, page) {
  const { email } = await shop.newAccount();
  await shop.to(page, '#/sign-in?next=/account');
  await signIn(page, email);
  await page.getByText(email).waitFor();
  return email;
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

  'a session that was ended asks to sign in, and the cart waits': async (shop) => {
    const page = await shop.visit({ expected: /401/ });
    const email = await signedIn(shop, page);
    const product = await shop.product({ colours: [] });
    await intoCart(shop, page, product);
    await page.evaluate(() => {
      const session = JSON.parse(localStorage.getItem('souk.session'));
      localStorage.setItem('souk.session', JSON.stringify({ ...session, refresh: 'x'.repeat(43), ends: 0 }));
    });
    await shop.to(page, '#/account');
    await page.getByText('You have been signed out').waitFor();
    await page.getByRole('link', { name: 'Cart, empty' }).waitFor();
    await shop.to(page, '#/cart');
    await page.getByText('Your cart is as you left it when you sign in again').waitFor();
    await page.locator('main').getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, email);
    await page.getByRole('link', { name: product.title }).waitFor();
    await page.getByRole('link', { name: 'Cart, 1 item' }).waitFor();
  },

  'a guest whose token is no good any more keeps the cart and orders as a new guest': async (shop) => {
    const page = await shop.visit({ expected: /401/ });
    await intoCart(shop, page, await shop.product());
    await page.evaluate(() => {
      const guest = JSON.parse(localStorage.getItem('souk.guest'));
      localStorage.setItem('souk.guest', JSON.stringify({ ...guest, access: 'a.b.c' }));
    });
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
