/* A day in the shop: staff finds orders, packs, sends, gives money back; the buyer watches. */

import { atWork, bought, ensure, fillCheckout, intoCart, payInSandbox, placeButton, seePaid, signIn } from './shop.mjs';

export const tests = {
  'staff finds an order, sends it in two parcels, and the buyer sees it arrive': async (shop) => {
    const product = await shop.product({ colours: [], price: '12.00' });
    const buyer = await shop.visit();
    await intoCart(shop, buyer, product);
    await shop.to(buyer, '#/cart');
    await buyer.getByRole('button', { name: /^One more/ }).click();
    await buyer.getByRole('link', { name: 'Cart, 2 items' }).waitFor();
    await fillCheckout(shop, buyer);
    const email = await buyer.getByLabel('E-mail').inputValue();
    await placeButton(buyer).click();
    await payInSandbox(buyer);
    await seePaid(buyer);

    const staff = await atWork(shop, '#/staff');
    await staff.getByLabel('E-mail').fill(email);
    await staff.getByLabel('State').selectOption('PAID');
    await staff.getByRole('button', { name: 'Show orders' }).click();
    await staff.getByRole('link', { name: product.title }).click();
    await staff.getByLabel(new RegExp(`${product.title}.*2 left`)).fill('1');
    await staff.getByLabel('Carrier').fill('Camel Express');
    await staff.getByLabel('Tracking number').fill('CX-1001');
    await staff.getByRole('button', { name: 'Packed and sent' }).click();
    await buyer.getByRole('heading', { level: 1, name: 'The first part is on its way' }).waitFor();
    await buyer.getByText('Camel Express · CX-1001').waitFor();
    await staff.getByLabel(/1 left/).waitFor();
    await staff.getByRole('button', { name: 'Packed and sent' }).click();
    await buyer.getByRole('heading', { level: 1, name: 'It is on its way' }).waitFor();
    await staff.getByRole('button', { name: 'It has arrived' }).first().click();
    await staff.getByRole('button', { name: 'It has arrived' }).nth(1).waitFor({ state: 'detached' });
    await staff.getByRole('button', { name: 'It has arrived' }).click();
    await buyer.getByRole('heading', { level: 1, name: 'It has arrived' }).waitFor();
    await buyer.getByRole('button', { name: 'Everything is here' }).click();
    await buyer.getByRole('heading', { level: 1, name: 'All done' }).waitFor();
  },

  'money goes back, and the buyer sees how much and why': async (shop) => {
    const { page, orderId } = await bought(shop, await shop.product({ colours: [], price: '12.00' }));
    const staff = await atWork(shop, `#/staff/orders/${orderId}`);
    await staff.getByLabel(/^Amount/).fill('99');
    await staff.getByLabel('Why').last().fill('x');
    await staff.getByRole('button', { name: 'Give it back' }).click();
    await staff.getByText(/An amount up to .*12\.00/).waitFor();
    await staff.getByLabel(/^Amount/).fill('2.50');
    const form = staff.locator('form', { hasText: 'Give money back' });
    await form.getByLabel('Why').fill('A scratch on the rim');
    await form.getByRole('button').click();
    await staff.getByText('A scratch on the rim').first().waitFor();
    await page.getByRole('heading', { level: 2, name: 'Money back' }).waitFor();
    await page.getByText('A scratch on the rim').waitFor();
    await page.getByText('Paid back', { exact: true }).waitFor();
  },

  'a buyer cancels what is paid and gets the money back': async (shop) => {
    const { page } = await bought(shop, await shop.product({ colours: [], price: '12.00' }));
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    const box = page.getByRole('dialog');
    await box.getByText(/You get .*12\.00 back/).waitFor();
    await box.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('heading', { level: 1, name: 'This order is cancelled' }).waitFor();
    await page.getByText(/You got .*12\.00 back/).waitFor();
  },

  'who is no staff is told so': async (shop) => {
    const page = await shop.visit();
    const { email } = await shop.newAccount();
    await shop.to(page, '#/sign-in?next=/staff');
    await signIn(page, email);
    await page.getByRole('heading', { level: 1, name: 'For the shop’s staff' }).waitFor();
    ensure(!(await page.getByRole('link', { name: 'Staff', exact: true }).isVisible()), 'a buyer sees the way to the staff');
  },
};
