/* People who buy something. */

import { ensure, fillAddress, fillCheckout, intoCart, newEmail, PASSWORD, payInSandbox, placeButton, seePaid } from './shop.mjs';

export const tests = {
  'registers, searches, chooses options, pays and sees PAID': async (shop) => {
    const product = await shop.product();
    const page = await shop.visit();
    await shop.to(page, '#/');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByLabel('E-mail').fill(newEmail());
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('link', { name: 'Account', exact: true }).waitFor();

    await page.getByRole('combobox', { name: 'Search products' }).fill(product.title);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: product.title }).click();
    await page.getByRole('radio', { name: 'Petrol' }).check();
    await page.getByRole('radio', { name: 'Large' }).check();
    await page.getByRole('button', { name: 'One more: Quantity' }).click();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    const cart = page.getByRole('dialog', { name: 'Your cart' });
    await cart.getByText('Petrol / Large').waitFor();
    await cart.getByRole('link', { name: 'Go to checkout' }).click();

    await fillAddress(page);
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    const sku = product.skus.find((one) => one.options.join() === 'Petrol,Large');
    ensure((await shop.ordersOf(page))[0].total === 2 * sku.price, 'the order has another total than two of the chosen SKU');
    await payInSandbox(page);
    await seePaid(page);

    await shop.to(page, '#/orders');
    await page.getByText('Paid', { exact: true }).waitFor();
    await shop.to(page, '#/account');
    await page.getByText('12 Analytical Lane').waitFor();
  },

  'buys as a guest and finds the order again': async (shop) => {
    const product = await shop.product({ colours: [] });
    const page = await shop.visit({ width: 360, height: 740 });
    await intoCart(shop, page, product);
    await shop.to(page, '#/cart');
    await page.reload();
    await page.getByRole('link', { name: product.title }).waitFor();
    await page.getByRole('link', { name: 'Go to checkout' }).click();
    await shop.settled(page);
    await page.getByLabel('E-mail').fill(newEmail());
    await fillAddress(page);
    await page.getByLabel('A note for us').fill('Please ring twice. 请按两次门铃。');
    await placeButton(page).click();
    await payInSandbox(page);
    await seePaid(page);
    await page.getByText('请按两次门铃').waitFor();
    await shop.to(page, '#/orders');
    await page.getByRole('link', { name: product.title }).waitFor();
  },

  'a double click orders once': async (shop) => {
    const page = await shop.visit();
    await intoCart(shop, page, await shop.product());
    await fillCheckout(shop, page);
    await placeButton(page).dblclick();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page)).length === 1, 'there is not exactly one order');
    await page.getByRole('link', { name: 'Cart, empty' }).waitFor();
  },

  'an answer that was lost leads to the order once it can be asked for': async (shop) => {
    const page = await shop.visit({ expected: /Failed to load resource/ });
    await intoCart(shop, page, await shop.product());
    await fillCheckout(shop, page);
    let lost = 0;
    await page.route('**/v1/orders', async (route) => {
      if (route.request().method() === 'POST') { await route.fetch(); lost++; await route.abort('connectionreset'); } else await route.continue();
    });
    await placeButton(page).click();
    await page.getByText('We do not know whether your order arrived').waitFor();
    ensure(lost > 1, 'the lost request was not repeated');
    await page.unroute('**/v1/orders');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    ensure((await shop.ordersOf(page)).length === 1, 'there is not exactly one order');
  },

  'cancels an order': async (shop) => {
    const page = await shop.visit();
    await intoCart(shop, page, await shop.product());
    await fillCheckout(shop, page);
    await placeButton(page).click();
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('heading', { level: 1, name: 'This order is closed' }).waitFor();
    await page.getByText('You cancelled the order').waitFor();
  },

  'a declined payment can be tried again': async (shop) => {
    const page = await shop.visit();
    await intoCart(shop, page, await shop.product());
    await fillCheckout(shop, page);
    await placeButton(page).click();
    await page.getByRole('button', { name: /^Pay / }).click();
    await page.waitForURL(/\/sandbox\//);
    await page.locator('button[value="decline"]').click();
    await page.getByText('The last payment did not go through: your bank or the payment service said no.').waitFor();
    await payInSandbox(page);
    await seePaid(page);
  },
};
