/* A whole purchase without a pointer: only Tab, arrows, Space, Enter, Escape and typing. */

import { ensure, newEmail, offer, seePaid } from './shop.mjs';

const TABS_MAX = 80;

/* What has the focus, as a person hears it: role and name are enough here. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const shown = style.outlineStyle !== 'none' || (element.nextElementSibling && getComputedStyle(element.nextElementSibling).outlineStyle !== 'none')
    || getComputedStyle(element, '::after').outlineStyle !== 'none';
  return { name: label.replace(/\s+/g, ' ').trim(), value: element.value, type: element.type ?? element.tagName, shown, inside: box.top >= -1 && box.top < innerHeight };
});

/* Presses Tab until the focus is on what `name` matches; every stop on the way must be seen. */
export async function tabTo(page, name, back = false) {
  for (let n = 0; n < TABS_MAX; n++) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    const now = await focused(page);
    if (now.type === 'BODY') continue;
    ensure(now.shown, `the focus on “${now.name}” cannot be seen`);
    if (name.test(now.name)) {
      ensure(now.inside, `“${now.name}” has the focus outside of the window`);
      return now;
    }
  }
  throw new Error(`Tab never reaches ${name}`);
}

async function type(page, name, text) {
  await tabTo(page, name);
  await page.keyboard.type(text);
}

export const tests = {
  'buys something entirely by keyboard': async (shop) => {
    const product = await shop.product();
    const { code } = await offer(shop, product, { kind: 'fixed', value: 500 });
    const page = await shop.visit();
    await shop.to(page, '#/');
    await page.keyboard.press('Tab');
    ensure((await focused(page)).name === 'Skip to the content', 'the first stop is not the skip link');
    await type(page, /^Search products/, product.title);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Results for/ }).waitFor();
    await tabTo(page, new RegExp(product.title));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: product.title, exact: true }).waitFor();

    await tabTo(page, /^Sand/);
    await page.keyboard.press('ArrowRight');
    ensure((await focused(page)).value === 'Petrol', 'arrows do not choose the next value');
    await tabTo(page, /^Small/);
    await page.keyboard.press('ArrowDown');
    await tabTo(page, /^Quantity/);
    await page.keyboard.press('ArrowUp');
    await tabTo(page, /^Add to cart/);
    await page.keyboard.press('Enter');
    const cart = page.getByRole('dialog', { name: 'Your cart' });
    await cart.getByText('Petrol / Large').waitFor();

    await page.keyboard.press('Escape');
    await cart.waitFor({ state: 'hidden' });
    ensure(/^Add to cart/.test((await focused(page)).name), 'after Escape the focus is not back on the button');
    await page.keyboard.press('Enter');
    await cart.waitFor();
    for (let n = 0; n < 12; n++) {
      await page.keyboard.press('Tab');
      ensure(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog')), 'the focus left the open cart');
    }
    await page.getByRole('link', { name: 'Cart, 4 items' }).waitFor();
    await tabTo(page, /^Order Lamp/);
    await page.keyboard.press('Space');
    await cart.getByText('Tick what you would like to order').waitFor();
    ensure(/^Order Lamp/.test((await focused(page)).name), 'the tick lost the focus');
    await page.keyboard.press('Space');
    await cart.getByText('come at the checkout').waitFor();
    await tabTo(page, /^Go to checkout/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Checkout' }).waitFor();
    await shop.settled(page);

    await type(page, /^E-mail/, newEmail());
    await type(page, /^Full name/, 'Grace Hopper');
    await type(page, /^Street/, '1 Harbour');
    await type(page, /^Postal code/, '20095');
    await type(page, /^City/, 'Hamburg');
    await type(page, /^Country/, 'Germ');
    await type(page, /^Coupon/, code);
    await page.keyboard.press('Enter');
    await page.locator('.coupon').getByText(code).waitFor();
    await page.getByRole('button', { name: /^Place order .*45\.00/ }).waitFor();
    await tabTo(page, /^Place order/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    await shop.settled(page);
    await tabTo(page, /^Pay /);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sandbox\//);
    for (let n = 0; n < TABS_MAX && (await page.evaluate(() => document.activeElement.value)) !== 'pay'; n++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await seePaid(page);
    ensure((await shop.ordersOf(page))[0].total === 4500, 'not the four units that were put in the cart, with the coupon');
  },
};
