/* A day in the shop: staff finds orders, packs, sends, gives money back; the buyer watches. */

import { ADDRESS, atWork, bought, ensure, fillCheckout, intoCart, payInSandbox, placeButton, seePaid, signIn } from './shop.mjs';

/* An order that was marked as paid under a reference: its number. */
async function longAgo(shop, reference) {
  const { token } = await shop.newAccount();
  const { token: boss } = await shop.staff();
  const product = await shop.product({ colours: [], price: '5.00' });
  const { body } = await shop.api('POST', '/v1/orders', { token, key: true, body: { items: [{ sku_id: product.skus[0].sku_id, qty: 1 }], address: ADDRESS } });
  const marked = await shop.api('POST', `/v1/admin/orders/${body.order_id}/mark-paid`, { token: boss, key: true, body: { reference } });
  ensure(marked.status === 200, `the order is not marked: ${JSON.stringify(marked.body)}`);
  return body.order_id;
}

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

  'a day of money: what moved, where the statement differs, and how staff settles it': async (shop) => {
    const { orderId } = await bought(shop, await shop.product({ colours: [], price: '12.00' }), { faults: { statement_amount_off: 7 } });
    const { token } = await shop.staff();
    const today = new Date().toISOString().slice(0, 10);
    await shop.api('POST', '/v1/admin/reconciliation', { token, key: true, body: { channel: 'sandbox', day: today } });
    const back = await shop.api('POST', `/v1/admin/orders/${orderId}/refunds`, { token, key: true, body: { amount: 250, reason: 'A scratch' } });
    ensure(back.status === 201, `the refund was refused: ${JSON.stringify(back.body)}`);
    await shop.until(async () => (await shop.api('GET', `/v1/admin/orders/${orderId}`, { token })).body.payment.refunded === 250, 'the refund does not end');
    const staff = await atWork(shop, '#/staff/money');
    await staff.getByLabel('Channel').selectOption('sandbox');
    await staff.getByLabel('Day').fill(today);
    await staff.getByRole('button', { name: 'Show the day' }).click();
    const part = (title) => staff.locator('.day-part', { has: staff.getByRole('heading', { level: 3, name: title }) });
    const transfers = part('Payments and refunds').locator('li', { hasText: orderId });
    await transfers.filter({ hasText: 'Taken' }).getByText(/12\.00/).waitFor();
    await transfers.filter({ hasText: 'Back: by the staff' }).getByText(/2\.50/).waitFor();
    await part('The statement and the books').getByRole('button', { name: 'Compare it again' }).click();
    await staff.getByText('The day is compared.').first().waitFor();
    const difference = part('The statement and the books').locator('li', { hasText: orderId });
    const found = () => shop.until(async () => {
      if (await difference.isVisible()) return true;
      await part('The statement and the books').getByRole('button', { name: 'Show more' }).click({ timeout: 500 }).catch(() => {});
      return false;
    }, 'the difference is not listed');
    await found();
    await difference.getByText(/The statement says .*12\.07.*, the books say .*12\.00/).waitFor();
    await difference.getByText('Settle it').click();
    await difference.getByRole('button', { name: 'Close it' }).click();
    await difference.getByText('Please fill this in.').waitFor();
    await difference.getByLabel('How it was settled').fill('They sent us a credit note');
    await difference.getByRole('button', { name: 'Close it' }).click();
    await difference.getByLabel('How it was settled').waitFor({ state: 'detached' });
    await found();
    await difference.getByText('They sent us a credit note').waitFor();
    await difference.getByText('Closed', { exact: true }).waitFor();
  },

  'a refund that fails waits for a person, who says what was done': async (shop) => {
    const { orderId } = await bought(shop, await shop.product({ colours: [], price: '12.00' }), { faults: { refund_fails: 1 } });
    const { token } = await shop.staff();
    await shop.api('POST', `/v1/admin/orders/${orderId}/refunds`, { token, key: true, body: { reason: 'A scratch' } });
    await shop.until(async () => (await shop.api('GET', '/v1/admin/payment-cases?state=open&limit=100', { token })).body.items.some((one) => one.order_id === orderId), 'no case is opened');
    const staff = await atWork(shop, '#/staff/money');
    const row = staff.locator('li', { hasText: orderId });
    await row.getByText('Money could not be given back').waitFor();
    await row.getByText('They say: the card has expired').waitFor();
    await row.getByText('Deal with it').click();
    await row.getByText(/12\.00 to give back/).waitFor();
    await row.getByLabel('What was done').fill('Sent by bank transfer');
    await row.getByLabel('The money is back, past the provider').check();
    await row.getByRole('button', { name: 'Close the case' }).click();
    await row.waitFor({ state: 'detached' });
    ensure((await shop.api('GET', `/v1/admin/orders/${orderId}`, { token })).body.payment.refunded === 1200, 'it is not booked');
  },

  'money that came by transfer is marked as paid, and goes back by hand': async (shop) => {
    const page = await shop.visit();
    await intoCart(shop, page, await shop.product({ colours: [], price: '12.00' }));
    await fillCheckout(shop, page);
    await placeButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    const orderId = page.url().match(/orders\/(\d+)/)[1];
    const staff = await atWork(shop, `#/staff/orders/${orderId}`, { expected: /status of 409/ }); // the reference is another order's
    const reference = `Bank ${orderId}`;
    const other = await longAgo(shop, reference);
    await staff.getByLabel('Where the money is found').fill(reference);
    await staff.getByLabel('Note').fill('He telephoned');
    await staff.getByRole('button', { name: 'Mark as paid' }).click();
    await staff.getByText(`Order ${other} was marked as paid under this reference.`).waitFor();
    await staff.getByLabel('This money pays other orders, too').check();
    await staff.getByRole('button', { name: 'Mark as paid' }).click();
    await staff.getByText(`${reference} · He telephoned`).waitFor();
    await staff.getByText('Paid $12.00 · By hand').waitFor();
    await seePaid(page);

    const form = staff.locator('form', { hasText: 'Give money back' });
    await form.getByLabel(/^Amount/).fill('2.50');
    await form.getByLabel('Why').fill('A scratch on the rim');
    await form.getByRole('button').click();
    await page.getByText('A scratch on the rim').waitFor();
    const { token } = await shop.staff();
    await shop.until(async () => (await shop.api('GET', '/v1/admin/payment-cases?state=open&limit=100', { token })).body.items.some((one) => one.order_id === orderId), 'no case is opened');
    const books = await atWork(shop, '#/staff/money');
    const row = books.locator('li', { hasText: orderId });
    await row.getByText(/2\.50 to give back/).waitFor();
    await row.getByText('Deal with it').click();
    await row.getByLabel('What was done').fill('Sent to his bank');
    await row.getByRole('button', { name: 'The money is back' }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByText('Paid back', { exact: true }).waitFor();
  },

  'orders above a total are held by a rule, until staff lets them go on': async (shop) => {
    const staff = await atWork(shop, '#/staff/rules');
    const { token } = await shop.staff();
    try {
      await staff.getByRole('button', { name: 'Hold orders above this' }).click();
      ensure((await staff.getByText('Please fill this in.').count()) === 2, 'not both fields are marked');
      await staff.getByLabel('Currency').fill('usd');
      await staff.getByLabel('Total').last().fill('80000');
      await staff.getByRole('button', { name: 'Hold orders above this' }).click();
      await staff.getByText('USD: above $80,000.00').waitFor();

      const page = await shop.visit();
      await intoCart(shop, page, await shop.product({ colours: [], price: '90000.00' }));
      await fillCheckout(shop, page);
      await placeButton(page).click();
      await payInSandbox(page);
      const orderId = page.url().match(/orders\/(\d+)/)[1];
      await shop.until(async () => (await shop.api('GET', `/v1/admin/orders/${orderId}`, { token })).body.state === 'ON_HOLD', 'the order is not held');
      await shop.to(staff, `#/staff/orders/${orderId}`);
      await staff.getByText('By rule: more than $80,000.00').waitFor();
      await staff.getByRole('button', { name: 'Let it go on' }).click();
      await staff.getByRole('button', { name: 'Let it go on' }).waitFor({ state: 'detached' });
      await seePaid(page);

      await shop.to(staff, '#/staff/rules');
      const rule = staff.locator('li', { hasText: 'USD: above' });
      await rule.getByText('Change it').click();
      await rule.getByLabel('Total').fill('85000.50');
      await rule.getByRole('button', { name: 'Change the rule' }).click();
      await staff.getByText('USD: above $85,000.50').waitFor();
      await rule.getByText('Change it').click();
      await rule.getByRole('button', { name: 'Hold none any more' }).click();
      await rule.waitFor({ state: 'detached' });
    } finally {
      await shop.api('PUT', '/v1/admin/hold-rules/USD', { token, body: { above: null } });
    }
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
