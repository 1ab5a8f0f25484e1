/* Sending something back: the buyer asks and watches, staff decides, counts what came and settles it. */

import { tabTo } from './keyboard.mjs';
import { atWork, bought, ensure } from './shop.mjs';

const HTTP_ERROR = /Failed to load resource/;

/* An order of `units` that has arrived; {page, orderId}. */
async function arrived(shop, { units = 1, expected } = {}) {
  const made = await bought(shop, await shop.product({ colours: [], price: '12.00' }), { units, expected });
  const { token } = await shop.staff();
  const { status, body } = await shop.api('POST', `/v1/admin/orders/${made.orderId}/shipments`, { token, key: true, body: { shipped: true } });
  ensure(status === 201, `the parcel was refused: ${JSON.stringify(body)}`);
  const { status: there } = await shop.api('PATCH', `/v1/admin/shipments/${body.shipment_id}`, { token, body: { state: 'DELIVERED' } });
  ensure(there === 200, `the parcel does not arrive: ${there}`);
  await made.page.getByRole('heading', { level: 1, name: 'It has arrived' }).waitFor();
  return made;
}

/* What the buyer's page says of the return, looked at anew: by itself it looks ever less often. */
async function told(shop, page, words) {
  const line = page.locator('.panel', { has: page.getByRole('heading', { level: 2, name: 'Returns' }) }).getByText(words);
  await shop.until(async () => {
    await page.reload();
    await shop.settled(page);
    return line.isVisible();
  }, `the order's page does not say ${words}`);
}

/* The answer of the shop, before the page is left again. */
const asked = (page) => page.getByText('We have your request').waitFor();

async function ask(shop, page, wish) {
  await page.getByRole('link', { name: 'Send something back' }).click();
  await page.getByRole('heading', { level: 1, name: 'Send something back' }).waitFor();
  await page.getByRole('radio', { name: wish }).check();
  await page.getByRole('button', { name: 'Ask for the return' }).click();
  await asked(page);
  await told(shop, page, 'Asked for');
}

export const tests = {
  'a buyer sends one of two back by keyboard, and gets the money for it': async (shop) => {
    const { page, orderId } = await arrived(shop, { units: 2 });
    await tabTo(page, /^Send something back$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Send something back' }).waitFor();
    await tabTo(page, /^Lamp .*you have 2/);
    await page.keyboard.press('Space');
    await tabTo(page, /^Ask for the return$/);
    await page.keyboard.press('Enter');
    await page.getByText('Please tick what you would like to send back').waitFor();
    await page.keyboard.press('Space');
    await tabTo(page, /^How many of/);
    await page.keyboard.press('ArrowDown');
    await tabTo(page, /^Anything we should know/);
    await page.keyboard.type('The rim is chipped');
    await tabTo(page, /^Ask for the return$/);
    await page.keyboard.press('Enter');
    await asked(page);
    await told(shop, page, 'Asked for');
    await told(shop, page, /You get .*12\.00 back/);

    const staff = await atWork(shop, '#/staff/returns');
    await staff.getByRole('link', { name: 'To decide' }).and(staff.locator('[aria-current]')).waitFor();
    await staff.locator(`a[href="#/staff/orders/${orderId}"]`).click();
    await staff.getByText('The buyer says: The rim is chipped').waitFor();
    await staff.getByLabel('What the buyer is told').fill('Harbour Lane 1, 12345 Port. Please put this number in it.');
    await staff.getByRole('button', { name: 'Let it come back' }).click();
    await told(shop, page, /Harbour Lane 1/);
    await staff.getByLabel('Came').fill('1');
    await staff.getByLabel('Can be sold again').fill('2');
    await staff.getByRole('button', { name: 'It is here' }).click();
    await staff.getByText('A number from 0 to 1, please.').waitFor();
    await staff.getByLabel('Can be sold again').fill('0');
    await staff.getByRole('button', { name: 'It is here' }).click();
    await told(shop, page, 'It is here. Your money follows.');
    const form = staff.locator('.return-item form', { hasText: 'Give the money back' });
    await form.getByLabel(/^Amount/).fill('99');
    await form.getByRole('button').click();
    await form.getByText(/An amount up to .*12\.00/).waitFor();
    await form.getByLabel(/^Amount/).fill('11');
    await form.getByRole('button').click();
    await staff.getByRole('heading', { level: 2, name: 'Came back' }).waitFor();
    await told(shop, page, /11\.00 go back to you/);
    await page.locator('.panel', { hasText: 'Money back' }).getByText('Paid back', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Send something back' }).waitFor();
  },

  'a buyer keeps it after all, as long as it is not back': async (shop) => {
    const { page, orderId } = await arrived(shop);
    await ask(shop, page, 'My money back');
    await tabTo(page, /^Keep it after all$/);
    await page.keyboard.press('Enter');
    await page.locator('.panel', { has: page.getByRole('heading', { level: 2, name: 'Returns' }) }).getByText('Kept after all').waitFor();
    ensure(!(await page.getByRole('button', { name: 'Keep it after all' }).isVisible()), 'it can be kept twice');
    await page.getByRole('link', { name: 'Send something back' }).waitFor();
    const staff = await atWork(shop, `#/staff/orders/${orderId}`);
    await staff.locator('.panel', { hasText: 'Came back' }).getByText('Kept after all').waitFor();
    ensure(!(await staff.getByRole('button', { name: 'Let it come back' }).isVisible()), 'what is kept may still come back');
  },

  'what can never be sent is given up, and its buyer reads why': async (shop) => {
    const { page, orderId } = await bought(shop, await shop.product({ colours: [], price: '12.00' }), { units: 3 });
    const { token } = await shop.staff();
    const { status } = await shop.api('POST', `/v1/admin/orders/${orderId}/shipments`, { token, key: true, body: { shipped: true, items: [{ line: 1, qty: 1 }] } });
    ensure(status === 201, 'the parcel was refused');
    const staff = await atWork(shop, `#/staff/orders/${orderId}`);
    const form = staff.locator('form', { hasText: 'Give up the rest' });
    await form.getByLabel('Why').fill('The roof leaked');
    await form.getByRole('button', { name: 'Cancel what was not sent' }).click();
    await staff.getByText('2 never sent').waitFor();
    ensure(!(await form.isVisible()), 'the rest can be given up twice');
    await page.reload();
    await page.getByText('2 could not be sent').waitFor();
    await page.locator('.panel', { hasText: 'Money back' }).getByText('The roof leaked').waitFor();
    await page.getByText('We cannot send the rest; you get your money back for it').waitFor();
  },

  'a broken one is replaced': async (shop) => {
    const { page, orderId } = await arrived(shop);
    await ask(shop, page, 'The same again');
    ensure(!(await page.getByRole('link', { name: 'Send something back' }).isVisible()), 'more can be sent back than there is');
    const staff = await atWork(shop, `#/staff/orders/${orderId}`);
    await staff.getByRole('button', { name: 'Let it come back' }).click();
    await told(shop, page, 'Please pack it well and send it to us.');
    await staff.getByRole('button', { name: 'It is here' }).click();
    await told(shop, page, /We are packing another one/);
    await staff.getByRole('button', { name: 'Send the same again' }).click();
    await told(shop, page, 'Another one is in a parcel for you.');
    await staff.getByRole('button', { name: 'It has left' }).click();
    await page.locator('.panel', { hasText: 'Parcels' }).getByText('On its way').waitFor();
  },

  'what is refused says why, and may be asked for again; too late is too late': async (shop) => {
    const { page, orderId } = await arrived(shop, { expected: HTTP_ERROR });
    await ask(shop, page, 'My money back');
    const staff = await atWork(shop, `#/staff/orders/${orderId}`);
    await staff.getByText('Refuse it').click();
    await staff.getByRole('button', { name: 'Refuse the return' }).click();
    await staff.getByText('Please fill this in.').waitFor();
    await staff.getByLabel('Why not').fill('It was used for a year');
    await staff.getByRole('button', { name: 'Refuse the return' }).click();
    await told(shop, page, 'It was used for a year');
    await told(shop, page, 'Refused');
    await page.getByRole('link', { name: 'Send something back' }).waitFor();

    await page.route(/\/returns$/, (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ code: 'return.window', title: 'The time to return things is over', status: 409 }) }));
    await shop.to(page, `#/orders/${orderId}/return`);
    await page.getByRole('button', { name: 'Ask for the return' }).click();
    await page.getByText('The time in which this could be sent back is over').waitFor();
  },
};
