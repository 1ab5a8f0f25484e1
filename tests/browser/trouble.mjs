/* What people are told when something goes wrong, and what they can do then. */

import { ensure, fillCheckout, intoCart, newEmail, PASSWORD, placeButton } from './shop.mjs';

const HTTP_ERROR = /Failed to load resource/;

export const tests = {
  'sold out: named, left out, ordered without it': async (shop) => {
    const [scarce, plenty] = await shop.products([{ stock: 1, price: '4.00', colours: [] }, {}]);
    const page = await shop.visit({ expected: HTTP_ERROR });
    await intoCart(shop, page, scarce);
    await intoCart(shop, page, plenty);
    await shop.buyElsewhere(scarce.skus[0], 1);
    await fillCheckout(shop, page);
    await placeButton(page).click();
    await page.getByRole('alert').filter({ hasText: `${scarce.title} is sold out` }).waitFor();
    ensure((await shop.ordersOf(page)).length === 0, 'something was ordered');
    await page.getByRole('button', { name: `Leave it out ${scarce.title}` }).click();
    await page.getByRole('button', { name: /^Place order .*12\.50/ }).waitFor();
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page)).length === 1, 'there is not exactly one order');
  },

  'a changed price is shown before anything is ordered': async (shop) => {
    const product = await shop.product({ price: '10.00', colours: [] });
    const page = await shop.visit({ expected: HTTP_ERROR });
    await intoCart(shop, page, product);
    await fillCheckout(shop, page);
    await shop.product({ handle: product.handle, title: product.title, price: '11.50', colours: [] });
    await placeButton(page).click();
    const told = page.getByRole('alert').filter({ hasText: 'A price has changed' });
    await told.getByText(/11\.50.*instead of.*10\.00/).waitFor();
    ensure(/11\.50/.test(await placeButton(page).textContent()), 'the button does not show the new total');
    ensure((await shop.ordersOf(page)).length === 0, 'something was ordered at another price');
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page))[0].total === 1150, 'the order does not have the new price');
  },

  'the API is down: said, and another try works': async (shop) => {
    const page = await shop.visit({ expected: HTTP_ERROR });
    const down = (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'Retry-After': '1' }, body: '{"code":"unavailable","status":503,"title":"x"}' });
    await page.route('**/v1/**', down);
    await shop.to(page, '#/');
    await page.getByText('The shop is very busy or briefly down').waitFor();
    await page.unroute('**/v1/**', down);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.card').first().waitFor();
  },

  'offline: said, and over when the connection is back': async (shop) => {
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/');
    await page.context().setOffline(true);
    await page.getByText('You are offline').waitFor();
    await page.locator('.card-link').first().click();
    await page.getByText('You seem to be offline').waitFor();
    await page.context().setOffline(false);
    await page.getByText('You are offline').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Add to cart' }).waitFor();
  },

  'empty fields are marked, described and focused': async (shop) => {
    const page = await shop.visit();
    await intoCart(shop, page, await shop.product());
    await shop.to(page, '#/checkout');
    await placeButton(page).click();
    const email = page.getByLabel('E-mail');
    ensure(await email.evaluate((node) => node === document.activeElement && node.getAttribute('aria-invalid') === 'true'), 'the first wrong field is not focused and marked');
    const described = await email.evaluate((node) => node.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).textContent).join(' '));
    ensure(described.includes('Please fill this in'), `the field is described as “${described}”`);
  },

  'a field the API refuses is marked where it stands': async (shop) => {
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/register');
    await page.getByLabel('E-mail').fill('looks-right@example..org');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.route('**/v1/accounts', (route) => route.fulfill({ status: 400, contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'request.invalid', status: 400, title: 'x', errors: [{ field: 'email', code: 'format', detail: 'y' }] }) }));
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.locator('.error', { hasText: 'This does not look right' }).waitFor();
  },

  'a wrong password is told in words': async (shop) => {
    const page = await shop.visit({ expected: HTTP_ERROR });
    const { email } = await shop.newAccount();
    await shop.to(page, '#/sign-in');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('E-mail or password is wrong').waitFor();
  },

  'what does not exist says so': async (shop) => {
    const page = await shop.visit({ expected: HTTP_ERROR });
    for (const hash of ['#/products/1', '#/nowhere', '#/?q=zzqqxxyy']) {
      await shop.to(page, hash);
      await page.getByRole('heading', { level: 1, name: /^(Not here|Nothing)/ }).waitFor();
    }
    await shop.to(page, '#/orders/1');
    await page.getByText('Please sign in first').waitFor();
    const answer = await page.goto(`${shop.url}/nothing.html`);
    ensure(answer.status() === 404, 'a missing file is not 404');
    await page.getByRole('heading', { name: 'Nothing at this address' }).waitFor();
  },

  'a description with scripts in it runs nothing': async (shop) => {
    const product = await shop.product({ colours: [] });
    const page = await shop.visit({ expected: /Content Security Policy|policy: script-src-attr/ });
    const evil = '<p onclick="x()">Fine</p><img src=x onerror="window.hit=1"><script>window.hit=1</script><a href="javascript:window.hit=1">go</a><svg onload="window.hit=1"></svg><iframe srcdoc="x"></iframe>';
    await page.route(`**/v1/products/${product.product_id}`, (route) => route.fulfill({ json: { ...product, description_html: evil } }));
    await shop.to(page, `#/products/${product.product_id}`);
    await page.getByText('Fine').waitFor();
    const left = await page.locator('.prose').evaluate((node) => [...node.querySelectorAll('script, img, iframe, svg, a, [onclick], [onload], [onerror]')].map((one) => one.outerHTML));
    ensure(left.length === 0, `left over: ${left}`);
    ensure(!(await page.evaluate(() => window.hit)), 'a script of the description ran');
  },

  'an account address that was deleted elsewhere': async (shop) => {
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/register');
    await page.getByLabel('E-mail').fill(newEmail());
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.locator('.hero').waitFor();
    const token = await page.evaluate(() => JSON.parse(localStorage.getItem('souk.session')).access);
    const made = await shop.api('POST', '/v1/me/addresses', { token, body: { name: 'Ada', country: 'DE', city: 'Berlin', line1: '1 Lane' } });
    await shop.to(page, '#/account');
    await shop.api('DELETE', `/v1/me/addresses/${made.body.address_id}`, { token });
    await page.getByRole('button', { name: /^Remove/ }).click();
    await page.locator('.error', { hasText: 'We could not find that' }).waitFor();
  },
};
