/* Coupons, offers, ways to ship and taxes at the checkout: what they do to the total, and what is said when they do not. */

import { randomUUID } from 'node:crypto';
import { ensure, fillAddress, fillCheckout, intoCart, newEmail, offer, placeButton, signIn } from './shop.mjs';

const HTTP_ERROR = /Failed to load resource/;
const KRONE = 'NOK'; // a currency of these tests alone: a way to ship is for every order in its currency

const totalOf = (page) => page.locator('.summary .sum.total dd').textContent();

async function useCoupon(page, code) {
  await page.getByLabel('Coupon', { exact: false }).first().fill(code);
  await page.getByRole('button', { name: 'Use it' }).click();
}

/* A product priced in kroner, with two ways to ship and a tax that is added in Norway. */
export async function abroad(shop) {
  const { token } = await shop.staff();
  const made = async (where, body) => (await shop.api('POST', where, { token, key: true, body })).body;
  const { body: ways } = await shop.api('GET', '/v1/admin/shipping-methods?limit=100', { token });
  if (!ways.items.some((way) => way.currency === KRONE)) {
    await made('/v1/admin/shipping-methods', { name: 'Sledge', currency: KRONE, price: 500, position: 1, countries: ['NO'] });
    await made('/v1/admin/shipping-methods', { name: 'Ferry', currency: KRONE, price: 900, position: 2, countries: ['NO', 'DE'] });
    await made('/v1/admin/tax-rates', { name: 'MVA', country: 'NO', rate: 2500, included: false });
  }
  const { product_id: id } = await made('/v1/admin/products', { title: `Ski ${randomUUID().slice(0, 8)}`, currency: KRONE });
  const sku = await made(`/v1/admin/products/${id}/skus`, { price: 10_000 });
  await made('/v1/admin/stock/receipts', { sku_id: sku.sku_id, qty: 20, reference: randomUUID() });
  await made(`/v1/admin/products/${id}/publish`);
  return shop.until(async () => {
    const { status, body } = await shop.api('GET', `/v1/products/${id}`);
    return status === 200 && body.skus.length > 0 && body;
  }, 'the product is not shown');
}

export const tests = {
  'a guest buys with a coupon, and an offer applies by itself': async (shop) => {
    const product = await shop.product({ price: '20.00', colours: [] });
    const { code } = await offer(shop, product, { name: 'Friends' });
    await offer(shop, product, { code: undefined, name: 'Pair price', kind: 'fixed', value: 150, min_qty: 2 });
    const page = await shop.visit({ width: 360, height: 740 });
    await intoCart(shop, page, product);
    await fillCheckout(shop, page);
    await page.getByText('Add one more of what it is for, and “Pair price” applies').waitFor();
    await shop.to(page, '#/cart');
    await page.getByRole('button', { name: /^One more/ }).click();
    await page.getByRole('link', { name: 'Cart, 2 items' }).waitFor();
    await fillCheckout(shop, page);
    await useCoupon(page, code.toLowerCase());
    await page.locator('.sum', { hasText: `Friends (${code})` }).getByText(/4\.00/).waitFor();
    await page.locator('.sum', { hasText: 'Pair price' }).getByText(/1\.50/).waitFor();
    await page.getByText('Offers we looked at').click();
    await page.getByText(/“Pair price” applies and takes off .*1\.50/).waitFor();
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page))[0].total === 4000 - 400 - 150, 'the order does not have the discounts that were shown');
    await page.locator('.sum', { hasText: 'Offers' }).getByText(/5\.50/).waitFor();
  },

  'what costs nothing is paid as it is ordered': async (shop) => {
    const product = await shop.product({ price: '20.00', colours: [] });
    await offer(shop, product, { code: undefined, name: 'A present', value: 10_000 });
    const page = await shop.visit();
    await intoCart(shop, page, product);
    await fillCheckout(shop, page);
    await page.waitForFunction(() => /[^\d]0\.00$/.test(document.querySelector('.summary .sum.total dd')?.textContent ?? ''));
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: /It is paid/ }).waitFor();
    await page.getByText('There was nothing to pay').waitFor();
    ensure(!(await page.getByRole('button', { name: /^Pay / }).isVisible()), 'there is something to pay');
    const [order] = await shop.ordersOf(page);
    ensure(order.state === 'PAID' && order.total === 0, `the order is ${order.state}, ${order.total}`);
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('dialog').getByText('The items go back on the shelf.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('heading', { level: 1, name: 'This order is cancelled' }).waitFor();
  },

  'coupons that do not apply say why': async (shop) => {
    const [product, other] = await shop.products([{ price: '20.00', colours: [] }, { colours: [] }]);
    const page = await shop.visit({ expected: HTTP_ERROR });
    const { email, token } = await shop.newAccount();
    const used = await offer(shop, product, { account_limit: 1 });
    const gone = await offer(shop, product, { name: 'Only one', total_limit: 1 });
    const coupons = [
      ['NEVERHEARDOF', /There is no coupon “NEVERHEARDOF”/],
      [(await offer(shop, product, { name: 'Last year', starts_at: '2020-01-01T00:00:00Z', ends_at: '2020-02-01T00:00:00Z' })).code, /“Last year” has expired/],
      [(await offer(shop, product, { name: 'Someday', starts_at: '2035-01-01T00:00:00Z' })).code, /“Someday” is not valid yet/],
      [(await offer(shop, product, { name: 'Big ones', min_spend: 5000 })).code, /Add .*30\.00 more .*“Big ones” applies/],
      [(await offer(shop, other, { name: 'Elsewhere' })).code, /“Elsewhere” is for other things/],
      [used.code, /You have used “Ten off” as often as it may be used/],
      [gone.code, /“Only one” has been used up/],
    ];
    for (const [who, code] of [[token, used.code], [(await shop.newAccount()).token, gone.code]]) {
      const first = await shop.api('POST', '/v1/orders', { token: who, key: true, body: { items: [{ sku_id: product.skus[0].sku_id, qty: 1 }], coupons: [code],
        address: { name: 'Ada', country: 'DE', city: 'Berlin', line1: 'Lane 1' } } });
      ensure(first.status === 201, `the first order was refused: ${JSON.stringify(first.body)}`);
    }
    await shop.to(page, '#/sign-in');
    await signIn(page, email);
    await page.getByRole('link', { name: 'Account', exact: true }).waitFor();
    await intoCart(shop, page, product);
    await shop.to(page, '#/checkout');
    for (const [code, words] of coupons) {
      await useCoupon(page, code);
      await page.locator('.coupon-row .error').filter({ hasText: words }).waitFor();
    }
    ensure(/20\.00/.test(await totalOf(page)), 'the total changed');
  },

  'an account buys with a coupon that is gone at the last moment': async (shop) => {
    const product = await shop.product({ price: '20.00', colours: [] });
    const { code, promotion_id: id } = await offer(shop, product, {});
    const { email, token } = await shop.newAccount();
    await shop.api('POST', '/v1/me/addresses', { token, body: { name: 'Ada', country: 'DE', city: 'Berlin', line1: 'Lane 1', postal_code: '10115' } });
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/sign-in');
    await signIn(page, email);
    await page.getByRole('link', { name: 'Account', exact: true }).waitFor();
    await intoCart(shop, page, product);
    await shop.to(page, '#/checkout');
    await useCoupon(page, code);
    await page.locator('.sum.total').getByText(/18\.00/).waitFor();
    const staff = await shop.staff();
    await shop.api('POST', `/v1/admin/promotions/${id}/deactivate`, { token: staff.token });
    await placeButton(page).click();
    await page.getByRole('alert').filter({ hasText: 'There is no such coupon' }).filter({ hasText: 'Nothing was ordered yet' }).waitFor();
    ensure((await shop.ordersOf(page)).length === 0, 'something was ordered');
    await shop.api('POST', `/v1/admin/promotions/${id}/activate`, { token: staff.token });
    await useCoupon(page, code);
    await page.locator('.sum.total').getByText(/18\.00/).waitFor();
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page))[0].total === 1800, 'the coupon did not count');
  },

  'the way to ship is chosen, and taxes depend on the country': async (shop) => {
    const product = await abroad(shop);
    const page = await shop.visit({ expected: HTTP_ERROR });
    await intoCart(shop, page, product);
    await shop.to(page, '#/checkout');
    await page.getByText('Taxes are worked out when we know the country').waitFor();
    await page.getByLabel('E-mail').fill(newEmail());
    await fillAddress(page); // Germany: only the ferry goes there, no tax
    await page.locator('.sum', { hasText: 'Ferry' }).getByText(/9\.00/).waitFor();
    await page.locator('.sum.total').getByText(/109\.00/).waitFor();
    await page.getByLabel('Country').selectOption('NO');
    await page.locator('.sum', { hasText: 'Taxes' }).getByText(/26\.25/).waitFor(); // on goods and sledge
    await page.getByRole('radio', { name: /Ferry/ }).check();
    await page.locator('.sum', { hasText: 'Taxes' }).getByText(/27\.25/).waitFor();
    ensure(/136\.25/.test(await placeButton(page).textContent()), 'the button does not show goods, shipping and taxes');
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page))[0].total === 13_625, 'the order costs something else');
    await page.locator('.sum', { hasText: 'Shipping' }).getByText(/9\.00/).waitFor();
    await intoCart(shop, page, product);
    await shop.to(page, '#/checkout');
    await page.getByLabel('Country').selectOption('FR');
    await page.getByText('We do not ship to this country').waitFor();
  },
};
