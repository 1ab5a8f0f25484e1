/* Finding things in the shop: the tree of categories, filters, order, and what is said of stock. */

import { randomUUID } from 'node:crypto';
import { ensure } from './shop.mjs';

/* Waits until exactly these products are shown, in this order. */
const shows = (page, wanted) => page.waitForFunction((text) => [...document.querySelectorAll('.grid .card-title')].map((one) => one.textContent).join() === text, wanted.join());

/* Two lamps and a sofa of one category of their own. */
async function furnish(shop) {
  const mark = randomUUID().slice(0, 8);
  const make = (name, price, colours) => shop.product({ title: `${name} ${mark}`, price, colours, type: `Room ${mark}` });
  const products = [await make('Arc', '10.00', ['Sand']), await make('Beam', '30.00', ['Petrol']), await make('Couch', '20.00', ['Sand', 'Petrol'])];
  const category = products[0].categories[0].category_id;
  await shop.until(async () => (await shop.api('GET', '/v1/categories')).body.items.some((one) => one.category_id === category && one.products === 3), 'the category is not listed');
  return { mark, products, category };
}

export const tests = {
  'a list is narrowed by attribute and price, sorted, and the address says so': async (shop) => {
    const { mark, category } = await furnish(shop);
    const page = await shop.visit();
    await shop.to(page, `#/?category=${category}`);
    await page.getByRole('heading', { level: 1, name: `Room ${mark}` }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.grid .card-title').length === 3);

    await page.getByText('Filter and sort').click();
    await page.getByRole('group', { name: 'Colour' }).getByLabel('Sand').check();
    await page.getByLabel('Order').selectOption('price_desc');
    await page.getByRole('button', { name: 'Show products' }).click();
    await page.waitForURL(/attr=/);
    await shows(page, [`Couch ${mark}`, `Arc ${mark}`]);
    ensure(await page.getByRole('group', { name: 'Colour' }).getByLabel('Sand').isChecked(), 'what was chosen is not shown as chosen');

    await page.getByLabel('Price to').fill('15');
    await page.getByRole('button', { name: 'Show products' }).click();
    await page.waitForURL(/price_max=1500/);
    await shows(page, [`Arc ${mark}`]);

    await page.getByLabel('Price from').fill('14');
    await page.getByRole('button', { name: 'Show products' }).click();
    await page.getByRole('heading', { name: 'Nothing like that' }).waitFor();
    await page.goBack();
    await page.waitForFunction((text) => document.querySelector('.grid .card-title')?.textContent === text, `Arc ${mark}`);
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.grid .card').length === 3);
  },

  'categories lead down and up': async (shop) => {
    const { category } = await furnish(shop);
    const { token } = await shop.staff();
    const above = await shop.api('POST', '/v1/admin/categories', { token, body: { name: `House ${randomUUID().slice(0, 8)}` } });
    await shop.api('PATCH', `/v1/admin/categories/${category}`, { token, body: { parent_id: above.body.category_id } });
    const page = await shop.visit();
    await shop.until(async () => (await shop.api('GET', `/v1/products?category=${above.body.category_id}`)).body.items.length === 3, 'the products did not follow');
    await shop.until(async () => (await shop.api('GET', '/v1/categories')).body.items.some((one) => one.parent_id === above.body.category_id), 'the tree did not change');
    await shop.to(page, `#/?category=${above.body.category_id}`);
    const tree = page.getByRole('navigation', { name: 'Categories' });
    await tree.getByRole('link', { name: above.body.name }).waitFor();
    await tree.getByRole('link', { name: /^Room / }).click();
    await page.getByRole('heading', { level: 1, name: /^Room / }).waitFor();
    await tree.getByRole('link', { name: above.body.name }).click();
    await page.getByRole('heading', { level: 1, name: above.body.name }).waitFor();
    await tree.getByRole('link', { name: 'Everything' }).click();
    await page.getByRole('heading', { level: 2, name: 'All products' }).waitFor({ state: 'attached' });
  },

  'a product page says how much there is, and sells whatever it says': async (shop) => {
    const few = await shop.product({ colours: [], stock: 3 });
    const page = await shop.visit();
    await shop.to(page, `#/products/${few.product_id}`);
    await page.getByText('Only a few left').waitFor();

    const none = await shop.product({ colours: ['Sand', 'Petrol'], sizes: ['Small'], stock: 0 });
    await shop.to(page, `#/products/${none.product_id}`);
    await page.getByText('Sold out').waitFor();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('dialog', { name: 'Your cart' }).waitFor();
  },

  'stock that cannot be asked for is no matter': async (shop) => {
    const product = await shop.product({ colours: [], stock: 50 });
    const page = await shop.visit({ expected: /503/ });
    await page.route('**/availability', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"unavailable","status":503,"title":"x"}' }));
    await shop.to(page, `#/products/${product.product_id}`);
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('dialog', { name: 'Your cart' }).waitFor();
  },
};
