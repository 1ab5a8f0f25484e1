/* Searching: suggestions while typing, highlighted results, narrowing them, and what others liked. */

import { ensure } from './shop.mjs';

const box = (page) => page.getByRole('combobox', { name: 'Search products' });

/* Waits until the search knows the product: it follows changes within two seconds. */
const known = (shop, title) => shop.until(async () => (await shop.api('GET', `/v1/search?q=${encodeURIComponent(title)}`)).body.total > 0, `${title} is not found`);

export const tests = {
  'suggests while typing, mistakes forgiven, by keyboard': async (shop) => {
    const letters = Array.from({ length: 9 }, () => 'abcdefghijklmnopqrstuvwxyz'[Math.floor(Math.random() * 26)]).join('');
    const word = `${letters}ing`;
    const product = await shop.product({ title: `${word} Lantern` });
    await known(shop, product.title);
    const page = await shop.visit();
    await shop.to(page, '#/');
    await box(page).fill(`${letters.slice(0, 5)}${letters.slice(6)}`); // one letter left out
    const options = page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option');
    await options.filter({ hasText: product.title }).first().waitFor();
    ensure(await box(page).getAttribute('aria-expanded') === 'true', 'the box does not say that the list is open');
    await box(page).press('ArrowUp');
    const id = await box(page).getAttribute('aria-activedescendant');
    ensure(await page.locator(`#${id}`).getAttribute('aria-selected') === 'true', 'what the arrow chose is not said');
    await box(page).press('Escape');
    ensure(await box(page).getAttribute('aria-expanded') === 'false' && await options.count() === 0, 'Escape does not close the list');
    await box(page).press('ArrowDown');
    const at = (await options.allTextContents()).findIndex((text) => text.includes(product.title));
    for (let n = 0; n <= at; n++) await box(page).press('ArrowDown');
    await box(page).press('Enter');
    await page.getByRole('heading', { level: 1, name: product.title }).waitFor();
  },

  'shows where the words stand, and nothing of the text as markup': async (shop) => {
    const product = await shop.product({ title: 'Zinnober <b>& "Lamp" 红色灯笼' });
    await known(shop, 'zinnober 红色灯');
    const page = await shop.visit();
    await shop.to(page, `#/?q=${encodeURIComponent('zinnobers 红色灯')}`);
    const title = page.locator('.card-title').first();
    await title.locator('mark').first().waitFor();
    ensure(await title.textContent() === product.title, `the title reads ${await title.textContent()}`);
    ensure((await title.locator('mark').allTextContents()).join('|') === 'Zinnober|红色灯', 'other words are marked');
    ensure(await title.locator('b').count() === 0, 'a title was taken for markup');
  },

  'narrows what was found by category, order and price': async (shop) => {
    const word = `Velbert${Math.random().toString(36).slice(2, 6)}x`;
    await shop.product({ title: `${word} one`, price: '10.00', type: `${word} A` });
    await shop.product({ title: `${word} two`, price: '90.00', type: `${word} B` });
    await shop.until(async () => (await shop.api('GET', `/v1/search?q=${word}`)).body.total === 2, 'both are not found');
    const page = await shop.visit();
    await shop.to(page, `#/?q=${word}`);
    await page.getByText('2 products ·').waitFor();
    await page.getByRole('link', { name: `${word} A` }).click();
    await page.getByText('1 product ·').waitFor();
    await page.getByRole('link', { name: 'Everywhere' }).click();
    await page.getByText('2 products ·').waitFor();
    await page.getByText('Filter and sort').click();
    await page.getByLabel('Order').selectOption('price_desc');
    await page.getByRole('button', { name: 'Show products' }).click();
    await shop.until(async () => (await page.locator('.card-title').allTextContents()).join(', ') === `${word} two, ${word} one`, 'the dearest is not first');
  },

  'shows what others liked as well': async (shop) => {
    const [tent, stove, rope] = await Promise.all(['tent', 'stove', 'rope'].map((name) => shop.product({ title: `Camp ${name} ${Math.random().toString(36).slice(2, 8)}` })));
    for (let n = 0; n < 4; n++) {
      const events = [tent, stove, rope].map((one) => ({ type: 'cart', product_id: one.product_id }));
      await shop.api('POST', '/v1/events', { body: { session_id: `browser-test-${n}-${Math.random()}`, events } });
    }
    await shop.until(async () => (await shop.api('GET', `/v1/products/${tent.product_id}/recommendations?limit=${10 + Math.floor(Math.random() * 40)}`)).body.items.slice(0, 2).every((item) => [stove.product_id, rope.product_id].includes(item.product_id)), 'nothing is learnt');
    const page = await shop.visit();
    await shop.to(page, `#/products/${tent.product_id}`);
    const row = page.getByRole('region', { name: 'Others also liked' });
    await row.getByRole('link', { name: stove.title }).click();
    await page.getByRole('heading', { level: 1, name: stove.title }).waitFor();
  },
};
