/* The cart that the shop keeps: ticks, several tabs, signing in, what changed meanwhile, and what is said when it cannot be reached. */

import { cartUnits, ensure, fillCheckout, intoCart, placeButton, signIn } from './shop.mjs';

const HTTP_ERROR = /Failed to load resource/;
const lineOf = (page, product) => page.locator('main .cart-line').filter({ hasText: product.title });
const tickOf = (page, product) => page.getByRole('checkbox', { name: `Order ${product.title}` });
const tokenOf = (page) => page.evaluate(() => (JSON.parse(localStorage.getItem('souk.session')) ?? JSON.parse(localStorage.getItem('souk.guest'))).access);

/* The cart as the shop has it: {sku_id: [qty, ticked]}. */
async function stored(shop, page) {
  const { body } = await shop.api('GET', '/v1/cart', { token: await tokenOf(page) });
  return Object.fromEntries(body.items.map((line) => [line.sku_id, [line.qty, line.ticked]]));
}

/* Products without options. */
const plain = (shop, ...wanted) => shop.products(wanted.map((one) => ({ colours: [], ...one })));

export const tests = {
  'ticks say what is ordered, the rest stays': async (shop) => {
    const [bowl, jug] = await plain(shop, { price: '10.00' }, { price: '7.00' });
    const page = await shop.visit();
    await intoCart(shop, page, bowl);
    await intoCart(shop, page, jug);
    await shop.to(page, '#/cart');
    const all = page.getByRole('checkbox', { name: /^(Everything|\d of)/ });
    ensure(await all.isChecked(), 'what was put in is not ticked');
    await tickOf(page, bowl).uncheck();
    ensure(await all.evaluate((box) => box.indeterminate), 'the tick for all is not mixed');
    await page.getByText('Together (1 of 2 things)').waitFor();
    await all.click();
    await page.getByText('Everything (2)').waitFor();
    await all.click();
    await page.getByText('Tick what you would like to order').waitFor();
    ensure(await page.getByRole('link', { name: 'Go to checkout' }).getAttribute('aria-disabled') === 'true', 'one can go to the checkout with nothing');
    await tickOf(page, jug).check();
    await shop.until(async () => JSON.stringify(await stored(shop, page)) === JSON.stringify({ [bowl.skus[0].sku_id]: [1, false], [jug.skus[0].sku_id]: [1, true] }), 'the ticks are not in the shop');
    await fillCheckout(shop, page);
    await page.getByText('One thing stays in your cart').waitFor();
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page))[0].total === 700, 'not just the ticked line was ordered');
    await page.getByRole('link', { name: 'Cart, 1 item' }).waitFor();
    await shop.to(page, '#/cart');
    await lineOf(page, bowl).waitFor();
    ensure(await page.locator('main .cart-line').count() === 1, 'what was ordered is still in the cart');
  },

  'a guest who signs in takes the cart along, and units add up': async (shop) => {
    const [bowl, jug] = await plain(shop, {}, {});
    const { email, token } = await shop.newAccount();
    await shop.api('PUT', `/v1/cart/items/${bowl.skus[0].sku_id}`, { token, body: { qty: 2 } });
    const page = await shop.visit();
    await intoCart(shop, page, bowl);
    await intoCart(shop, page, jug);
    await shop.to(page, '#/sign-in?next=/cart');
    await signIn(page, email);
    await page.getByText(/is in your account’s cart now|follows in a moment/).waitFor();
    await page.getByRole('link', { name: 'Cart, 4 items' }).waitFor();
    await lineOf(page, jug).waitFor();
    ensure(await lineOf(page, bowl).getByRole('textbox').inputValue() === '3', 'units of the same thing did not add up');
    await shop.to(page, '#/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Cart, empty' }).waitFor();
  },

  'tabs stay in step, and none undoes what another put in': async (shop) => {
    const [bowl, jug] = await plain(shop, {}, {});
    const one = await shop.visit();
    await intoCart(shop, one, bowl);
    await shop.to(one, '#/cart');
    const two = await one.context().newPage();
    await shop.to(two, '#/cart');
    await lineOf(two, bowl).getByRole('button', { name: /^One more/ }).click();
    await one.getByRole('link', { name: 'Cart, 2 items' }).waitFor();
    ensure(await lineOf(one, bowl).getByRole('textbox').inputValue() === '2', 'the other tab shows another quantity');
    const back = await shop.api('PUT', `/v1/cart/items/${jug.skus[0].sku_id}`, { token: await tokenOf(one), body: { qty: 5 } }); // by another device
    ensure(back.status === 200, 'the other device could not change the cart');
    await intoCart(shop, two, jug);
    await one.getByRole('link', { name: 'Cart, 8 items' }).waitFor();
    await lineOf(one, jug).getByRole('button', { name: /^Remove/ }).click();
    await two.getByRole('link', { name: 'Cart, 2 items' }).waitFor();
    await shop.until(async () => Object.keys(await stored(shop, one)).length === 1, 'the line is still in the shop');
  },

  'prices that changed and things no longer for sale are noted': async (shop) => {
    const [bowl, jug, mug] = await plain(shop, { price: '10.00' }, {}, { price: '3.00' });
    const page = await shop.visit({ expected: HTTP_ERROR }); // the first quote is refused
    for (const product of [bowl, jug, mug]) await intoCart(shop, page, product);
    const { token } = await shop.staff();
    const change = (product, body) => shop.until(
      async () => (await shop.api('PATCH', `/v1/admin/skus/${product.skus[0].sku_id}`, { token, body })).status === 200, 'the SKU was not changed');
    await change(bowl, { price: 1150 });
    await change(mug, { price: 250 });
    await change(jug, { state: 'retired' });
    await shop.until(async () => { // prices of a cart that is read again and again may be a second old
      await shop.to(page, '#/cart');
      return lineOf(page, jug).getByText('No longer for sale').isVisible();
    }, 'what changed last is not shown');
    await lineOf(page, bowl).getByText(/Went up from .*10\.00 to .*11\.50/).waitFor();
    await lineOf(page, mug).getByText(/Went down from .*3\.00 to .*2\.50/).waitFor();
    await lineOf(page, jug).getByText('No longer for sale').waitFor();
    ensure(await tickOf(page, jug).isDisabled(), 'what is not for sale can be ticked');
    await fillCheckout(shop, page);
    await page.getByText(`${jug.title} is no longer for sale and was left out`).waitFor();
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page))[0].total === 1400, 'the order has another total than was shown');
  },

  'a cart that changed elsewhere is shown before anything is ordered': async (shop) => {
    const [bowl] = await plain(shop, { price: '10.00' });
    const page = await shop.visit({ expected: HTTP_ERROR });
    await intoCart(shop, page, bowl);
    await fillCheckout(shop, page);
    await shop.api('PUT', `/v1/cart/items/${bowl.skus[0].sku_id}`, { token: await tokenOf(page), body: { qty: 3 } });
    await placeButton(page).click();
    await page.getByRole('alert').filter({ hasText: 'Your cart was changed' }).getByText(`${bowl.title}: 3 instead of 1`).waitFor();
    ensure(/30\.00/.test(await placeButton(page).textContent()), 'the button does not show the new total');
    ensure((await shop.ordersOf(page)).length === 0, 'something was ordered');
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page))[0].total === 3000, 'the order is not what was shown');
  },

  'without a connection or a shop nothing is lost and it is said': async (shop) => {
    const [bowl] = await plain(shop, {});
    const page = await shop.visit({ expected: HTTP_ERROR });
    await intoCart(shop, page, bowl);
    await shop.to(page, '#/cart');
    const more = lineOf(page, bowl).getByRole('button', { name: /^One more/ });
    const quantity = lineOf(page, bowl).getByRole('textbox');
    const say = page.getByRole('alert');
    await page.context().setOffline(true);
    await more.click();
    await say.filter({ hasText: 'You seem to be offline' }).filter({ hasText: 'Nothing was changed' }).waitFor();
    ensure(await quantity.inputValue() === '1', 'a quantity is shown that the shop does not have');
    await page.context().setOffline(false);
    await page.route('**/v1/cart/items/*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'Retry-After': '20' }, body: '{"code":"unavailable","status":503,"title":"x"}' }));
    await more.click();
    await say.filter({ hasText: 'Please try again in 20 seconds' }).waitFor();
    await page.waitForFunction(() => document.querySelector('main .stepper input').value === '1');
    await page.unroute('**/v1/cart/items/*');
    await more.click();
    await shop.until(async () => (await stored(shop, page))[bowl.skus[0].sku_id]?.[0] === 2, 'the change did not arrive afterwards');
    ensure(await cartUnits(page) === 2, 'the page shows another cart');
  },
};
