/* Flash sales: a buyer waits, has the turn, buys and pays; what is told when it does not work out; staff schedules and watches. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { tabTo } from './keyboard.mjs';
import { abroad } from './offers.mjs';
import { ADDRESS, atWork, ensure, fillAddress, payInSandbox, seePaid, signIn } from './shop.mjs';

const HTTP_ERROR = /Failed to load resource/;

const inSeconds = (s) => new Date(Date.now() + s * 1000).toISOString();
const words = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(' ');

/* A sale on a product of its own; `more` as the API takes it. */
export async function flashSale(shop, more = {}) {
  return saleOf(shop, await shop.product({ colours: [], price: '12.00' }), more);
}

async function saleOf(shop, product, more) {
  const { token } = await shop.staff();
  const body = { title: `Flash ${product.title}`, sku_id: product.skus[0].sku_id, price: 500, units: 10, queue_opens_at: inSeconds(-2), starts_at: inSeconds(-1), ends_at: inSeconds(1200), waiting_room: true, ...more };
  const made = await shop.api('POST', '/v1/admin/flash', { token, key: true, body });
  ensure([201, 202].includes(made.status), `the sale was refused: ${JSON.stringify(made.body)}`);
  const live = async () => (await shop.api('GET', `/v1/admin/flash/${made.body.sale_id}/live`, { token })).body;
  const opened = async () => (await live()).gate?.allotted === body.units;
  if (new Date(body.queue_opens_at) < new Date()) await shop.until(opened, 'the gate does not open');
  return { ...made.body, product, token, live, hash: `#/flash/${made.body.sale_id}`, path: `/v1/flash/${made.body.sale_id}` };
}

/* A buyer who is signed in and looks at the sale. */
export async function visitor(shop, sale, options = {}) {
  const account = await shop.newAccount();
  const page = await shop.visit({ expected: HTTP_ERROR, ...options });
  await shop.to(page, `#/sign-in?next=${encodeURIComponent(sale.hash.slice(1))}`);
  await signIn(page, account.email);
  await page.getByRole('heading', { level: 1, name: sale.title }).waitFor();
  return { page, ...account };
}

const step = (page, name) => page.getByRole('heading', { level: 2, name }).waitFor();
export const join = (page) => page.getByRole('button', { name: 'Join the queue' }).click();
const buy = (page) => page.getByRole('button', { name: /^Buy( \d+)? for/ }).click(); // its total is shown

/* Somebody else takes all units that are left, by the API. */
async function takenByOthers(shop, sale, units) {
  const { token } = await shop.newAccount();
  const place = await shop.until(async () => {
    const { body } = await shop.api('POST', `${sale.path}/queue`, { token, body: {} });
    return body.state === 'admitted' && body.place;
  }, 'the other buyer is not let in');
  const { status, body } = await shop.api('POST', `${sale.path}/orders`, { token, key: true, body: { place, address: ADDRESS, qty: units } });
  ensure(status === 202, `the other order was refused: ${JSON.stringify(body)}`);
  const orderId = await shop.until(async () => (await shop.api('GET', `${sale.path}/tickets/${body.ticket}`, { token })).body.order_id, 'the other order is not made');
  return { token, orderId };
}

export const tests = {
  'a buyer waits, has the turn, buys and pays': async (shop) => {
    const { page } = await visitor(shop, { hash: '#/orders', title: 'No orders yet' });
    const product = await shop.product({ colours: [], price: '12.00' });
    const sale = await saleOf(shop, product, { starts_at: inSeconds(20), challenge_bits: 12 });
    await shop.to(page, sale.hash);
    await page.getByText('The sale begins in').waitFor();
    await join(page);
    await step(page, 'You are next');
    await page.getByText(/Your turn comes in about/).waitFor();
    await fillAddress(page);
    ensure(!(await page.getByRole('button', { name: /^Buy/ }).isVisible()), 'it can be bought before the turn');
    await step(page, 'It is your turn');
    ensure(/^Your turn/.test(await page.title()), 'the title of the tab does not say so');
    await page.getByText('Your turn ends in').waitFor();
    ensure((await page.getByLabel('City').inputValue()) === ADDRESS.city, 'what was typed while waiting is gone');
    await page.getByRole('button', { name: /^Buy for .*5\.00/ }).click();
    await step(page, 'It is yours');
    await page.getByRole('link', { name: 'See the order and pay' }).click();
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
    await payInSandbox(page);
    await seePaid(page);
    const [order] = await shop.ordersOf(page);
    ensure(order.state === 'PAID', `the order is ${order.state}`);
    const live = await sale.live();
    ensure(live.orders === 1 && live.left === 9, `the sale says ${live.orders} orders, ${live.left} left`);
  },

  'what it comes to is shown before it is bought, with shipping and taxes, and the order comes to that': async (shop) => {
    const sale = await saleOf(shop, await abroad(shop), { price: 5000, per_account: 2 });
    const { page } = await visitor(shop, sale);
    await join(page);
    await step(page, 'It is your turn');
    await fillAddress(page);
    await page.getByRole('button', { name: /^Buy for .*59\.00/ }).waitFor(); // to Germany by the ferry, without taxes
    await page.getByLabel('Country').selectOption('NO');
    await page.getByRole('radio', { name: /^Sledge/ }).waitFor();
    await page.locator('.flash-form .sum', { hasText: 'Taxes' }).getByText(/13\.75/).waitFor();
    await page.getByRole('radio', { name: /^Ferry/ }).check();
    await page.getByRole('button', { name: /^Buy for .*73\.75/ }).waitFor();
    await page.getByRole('button', { name: 'One more: How many' }).click();
    const sent = page.waitForRequest((request) => request.url().endsWith('/orders'));
    await page.getByRole('button', { name: /^Buy 2 for .*136\.25/ }).click();
    const body = (await sent).postDataJSON();
    ensure(body.expected_total === 13_625 && body.qty === 2, `the order says ${JSON.stringify(body)}`);
    await step(page, 'It is yours');
    const [order] = await shop.ordersOf(page);
    ensure(order.total === 13_625, `the order comes to ${order.total}`);
  },

  'a total that changes is told: nothing is bought, and the new one is shown first': async (shop) => {
    const sale = await flashSale(shop);
    const { page } = await visitor(shop, sale);
    let less = 1;
    await page.route('**/quote', async (route) => {
      const quote = await (await route.fetch()).json();
      return route.fulfill({ json: { ...quote, total: quote.total - less } });
    });
    await join(page);
    await step(page, 'It is your turn');
    await fillAddress(page);
    await page.getByRole('button', { name: /^Buy for/ }).click();
    await step(page, 'It did not work out');
    await page.getByText('The total had changed by then, so nothing was bought').waitFor();
    ensure((await shop.ordersOf(page)).length === 0, 'something was ordered');
    less = 0;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').filter({ hasText: 'The total has changed. It is now' }).waitFor();
    await buy(page);
    await step(page, 'It is yours');
  },

  'no total, no order: the price is asked for again when the button is pressed': async (shop) => {
    const sale = await flashSale(shop);
    const { page } = await visitor(shop, sale);
    const away = (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ code: 'unavailable', status: 503, title: 'Away' }) });
    await page.route('**/quote', away);
    await join(page);
    await step(page, 'It is your turn');
    await fillAddress(page);
    await page.getByText('We could not work out the total').waitFor();
    await page.getByRole('button', { name: 'Buy', exact: true }).click();
    await page.getByText('We could not work out the total').waitFor();
    ensure((await sale.live()).orders === 0, 'it was ordered without a total');
    await page.unroute('**/quote', away);
    await page.getByRole('button', { name: /^Buy for/ }).click();
    await step(page, 'It is yours');
  },

  'who is not signed in is asked to, and comes back to the sale': async (shop) => {
    const sale = await flashSale(shop);
    const { email } = await shop.newAccount();
    const page = await shop.visit();
    await shop.to(page, sale.hash);
    await page.getByRole('link', { name: 'Sign in to take part' }).click();
    await signIn(page, email);
    await page.getByRole('heading', { level: 1, name: sale.title }).waitFor();
    await page.getByRole('button', { name: 'Join the queue' }).waitFor();
  },

  'a sale is found on the front and in the list': async (shop) => {
    const sale = await flashSale(shop, { starts_at: inSeconds(600) });
    const page = await shop.visit();
    await shop.to(page, '#/flash');
    const row = page.locator('.flash-row', { hasText: sale.title });
    await row.getByText('The queue is open').waitFor();
    await row.getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: sale.title }).waitFor();
    await shop.to(page, '#/');
    await page.getByRole('heading', { level: 2, name: 'Flash sales' }).waitFor();
    await page.getByRole('link', { name: 'All flash sales' }).click();
    await row.waitFor();
  },

  'the countdown goes by the time of the shop, not of the visitor': async (shop) => {
    const sale = await flashSale(shop, { queue_opens_at: inSeconds(3000), starts_at: inSeconds(3600), ends_at: inSeconds(7200) });
    const page = await shop.visit();
    await page.addInitScript(() => {
      const wrong = () => performance.timeOrigin + performance.now() + 5 * 3600_000;
      window.Date = class extends Date {
        constructor(...given) { super(...(given.length > 0 ? given : [wrong()])); }

        static now() { return wrong(); }
      };
    });
    await shop.to(page, sale.hash);
    await page.getByText('The queue opens in').waitFor();
    const clock = page.getByRole('timer');
    ensure(/^(50:00|4\d:\d\d)$/.test(await clock.textContent()), `the clock says ${await clock.textContent()}`);
    const before = await clock.textContent();
    await page.waitForFunction((was) => document.querySelector('[role=timer]').textContent !== was, before);
    ensure((await page.locator('[aria-live=polite], [role=status]').allTextContents()).every((text) => !/\d:\d\d/.test(text)), 'the seconds are announced');
  },

  'a reload keeps the place, and tabs share it: one of them asks': async (shop) => {
    const sale = await flashSale(shop, { starts_at: inSeconds(900) });
    const { page } = await visitor(shop, sale);
    await join(page);
    await step(page, 'You are next');
    const asked = [];
    const other = await page.context().newPage();
    other.on('request', (request) => { if (request.method() === 'POST' && request.url().endsWith('/queue')) asked.push(request.url()); });
    await other.goto(`${shop.url}/${sale.hash}`);
    await step(other, 'You are next');
    const tabs = (which) => other.evaluate(([id, kind]) => navigator.locks.query().then((locks) => locks[kind].filter((one) => one.name === `souk.flash.${id}`).length), [sale.sale_id, which]);
    await shop.until(async () => (await tabs('held')) === 1 && (await tabs('pending')) === 1, 'not one tab asks and the other waits');
    ensure(asked.length === 0, 'both tabs ask');
    await page.reload();
    await step(page, 'You are next');
    ensure((await sale.live()).gate.waiting === 1, 'the buyer has more than one place');
    // a place that one tab is told of shows in the other
    await page.evaluate((id) => {
      const all = JSON.parse(localStorage.getItem('souk.flash'));
      all[id].seat = { ...all[id].seat, position: 7, first: 9, size: 9 };
      localStorage.setItem('souk.flash', JSON.stringify(all));
    }, sale.sale_id);
    await step(other, 'You are number 7');
    await other.close();
  },

  'the answers to work are right, whatever the length of the challenge': async (shop) => {
    const page = await shop.visit();
    await shop.to(page, '#/flash');
    const challenges = Array.from({ length: 130 }, (_, n) => 'souk'.repeat(40).slice(0, n + 1));
    const answers = await page.evaluate(async (all) => {
      const { Work } = await import('/js/work.js');
      return all.map((challenge) => new Work({ challenge, bits: 8 }).tries(1e6));
    }, challenges);
    challenges.forEach((challenge, n) => ensure(createHash('sha256').update(`${challenge}:${answers[n]}`).digest()[0] === 0, `a challenge of ${n + 1} characters: ${answers[n]} is no answer`));
  },

  'a browser without workers does the work in the page': async (shop) => {
    const sale = await flashSale(shop, { challenge_bits: 10, starts_at: inSeconds(900) });
    const { page } = await visitor(shop, sale);
    await page.addInitScript(() => { delete window.Worker; });
    await shop.to(page, sale.hash);
    await join(page);
    await step(page, 'You are next');
  },

  'a question instead of work: a wrong answer is told, another one is asked': async (shop) => {
    const sale = await flashSale(shop, { challenge_bits: 24, starts_at: inSeconds(900) });
    const { page } = await visitor(shop, sale);
    await join(page);
    await step(page, 'One moment, please');
    await page.getByRole('button', { name: 'Answer a question instead' }).click();
    await step(page, 'A question first');
    const field = page.getByRole('textbox', { name: /^What is/ });
    await field.fill('999');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'This was not the right answer' }).waitFor();
    const question = await page.getByText(/^What is .* plus/).textContent();
    const [a, b] = question.match(/What is (\w+) plus (\w+)/).slice(1).map((word) => words.indexOf(word));
    await field.fill(String(a + b));
    await page.keyboard.press('Enter');
    await step(page, 'You are next');
  },

  'sold out is told, and when units come back it goes on': async (shop) => {
    const sale = await flashSale(shop, { units: 1 });
    const other = await takenByOthers(shop, sale, 1);
    const { page } = await visitor(shop, sale);
    await step(page, 'Sold out');
    ensure(!(await page.getByRole('button', { name: 'Join the queue' }).isVisible()), 'a place is offered though all is sold');
    await shop.api('POST', `/v1/orders/${other.orderId}/cancel`, { token: other.token, key: true });
    await step(page, 'The sale is on');
    await join(page);
    await step(page, 'It is your turn');
  },

  'who waits goes on waiting while nothing is left: the place is kept for units that come back': async (shop) => {
    const sale = await flashSale(shop, { starts_at: inSeconds(900) });
    const { page } = await visitor(shop, sale);
    let soldOut = 0;
    let back = false;
    const waiting = { json: { state: 'waiting', place: 'x', position: 3, size: 5, eta_s: 4 }, headers: { 'Retry-After': '1' } };
    await page.route('**/queue', (route) => {
      if (back) return route.fulfill({ json: { state: 'admitted', place: 'x', position: 0, expires_in_s: 120 } });
      if (soldOut === 0 && !route.request().postDataJSON().place) return route.fulfill(waiting);
      soldOut++;
      return route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ code: 'flash.sold_out', title: 'Sold out' }) });
    });
    await page.route(`**${sale.path}`, async (route) => {
      const answer = await route.fetch();
      return route.fulfill({ json: { ...await answer.json(), state: back ? 'open' : 'sold_out', remaining: back ? 'few' : 'none' } });
    });
    await join(page);
    await shop.until(() => soldOut > 0, 'the page does not ask again');
    await page.getByText('None is left at the moment').last().waitFor();
    await step(page, 'You are number 3');
    back = true;
    await step(page, 'It is your turn');
  },

  'sold out while somebody has the turn: told, and nothing was bought': async (shop) => {
    const sale = await flashSale(shop, { units: 1 });
    const { page } = await visitor(shop, sale);
    await join(page);
    await step(page, 'It is your turn');
    await takenByOthers(shop, sale, 1);
    await fillAddress(page);
    await buy(page);
    await page.getByRole('alert').filter({ hasText: 'Sold out' }).waitFor();
    ensure((await shop.ordersOf(page)).length === 0, 'something was ordered');
  },

  'an order whose answer was lost is made once, also after a reload': async (shop) => {
    const sale = await flashSale(shop, { per_account: 3 });
    const { page } = await visitor(shop, sale);
    await join(page);
    await step(page, 'It is your turn');
    await fillAddress(page);
    await page.getByRole('button', { name: 'One more: How many' }).click();
    const lost = async (route) => { await route.fetch(); await route.abort(); };
    await page.route(`**${sale.path}/orders`, lost);
    await page.getByRole('button', { name: /^Buy 2 for .*10\.00/ }).click();
    await page.getByText('We could not reach the shop').waitFor();
    await page.reload();
    await step(page, 'Your order is being sent');
    await page.unroute(`**${sale.path}/orders`, lost);
    await step(page, 'It is yours');
    const live = await sale.live();
    ensure(live.orders === 1 && live.left === 8, `the sale says ${live.orders} orders, ${live.left} left`);
  },

  'who cancelled the order may take part again': async (shop) => {
    const sale = await flashSale(shop);
    const { page, token } = await visitor(shop, sale);
    await join(page);
    await step(page, 'It is your turn');
    await fillAddress(page);
    await buy(page);
    await step(page, 'It is yours');
    const [order] = await shop.ordersOf(page);
    await shop.to(page, sale.hash);
    await step(page, 'It is yours');
    await shop.api('POST', `/v1/orders/${order.order_id}/cancel`, { token, key: true });
    await shop.until(async () => ['CLOSED', 'CANCELLED'].includes((await shop.api('GET', `/v1/orders/${order.order_id}`, { token })).body.state), 'the order is not closed');
    await shop.to(page, sale.hash);
    await step(page, 'The sale is on');
  },

  'a ticket that is refused says why, and another try is possible': async (shop) => {
    const sale = await flashSale(shop);
    const { page } = await visitor(shop, sale);
    await join(page);
    await step(page, 'It is your turn');
    await fillAddress(page);
    await page.route('**/tickets/*', (route) => route.fulfill({ json: { state: 'refused', order_id: null, reason: 'gate_restarted' } }));
    await buy(page);
    await step(page, 'It did not work out');
    await page.getByText('Nothing was bought').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await step(page, 'It is your turn');
  },

  'what is waited for is told by the shop, not asked for each second': async (shop) => {
    const sale = await flashSale(shop);
    const { page } = await visitor(shop, sale);
    const worker = Number(await readFile(path.join(shop.state, 'run', 'worker.pid'), 'utf8'));
    let asked = 0;
    page.on('request', (request) => { asked += /\/tickets\/[^/]+$/.test(request.url()) ? 1 : 0; });
    await join(page);
    await step(page, 'It is your turn');
    await fillAddress(page);
    process.kill(worker, 'SIGSTOP');
    try {
      const listening = page.waitForResponse((response) => response.url().endsWith('/events') && response.status() === 200);
      await buy(page);
      await listening;
      await page.waitForTimeout(5000);
      ensure(asked <= 2, `the ticket was asked for ${asked} times in 5 s`);
    } finally {
      process.kill(worker, 'SIGCONT');
    }
    await step(page, 'It is yours');
  },

  'an address that cannot be used is marked, and the turn stays': async (shop) => {
    const sale = await flashSale(shop);
    const { page } = await visitor(shop, sale);
    await join(page);
    await step(page, 'It is your turn');
    await buy(page);
    await page.getByText('Please fill this in.').first().waitFor();
    ensure(await page.getByLabel('Full name').evaluate((node) => node.getAttribute('aria-invalid') === 'true' || node.value !== ''), 'the empty name is not marked');
    ensure(await page.evaluate(() => document.activeElement.getAttribute('aria-invalid') === 'true'), 'the first wrong field is not focused');
    await step(page, 'It is your turn');
  },

  'by keyboard alone: in, the turn, the address, bought; the focus goes along and steps are announced': async (shop) => {
    const sale = await flashSale(shop);
    const { page } = await visitor(shop, sale);
    await page.evaluate(() => {
      const live = document.getElementById('live');
      window.said = [];
      new MutationObserver(() => window.said.push(live.textContent)).observe(live, { childList: true, characterData: true, subtree: true });
    });
    const inFocus = (name) => page.waitForFunction((text) => document.activeElement.textContent === text, name);
    await tabTo(page, /^Join the queue/);
    await page.keyboard.press('Enter');
    await inFocus('It is your turn');
    const typed = { 'Full name': ADDRESS.name, 'Street and number': ADDRESS.line1, 'Postal code': ADDRESS.postal_code, City: ADDRESS.city, Country: 'Germany' };
    for (const [label, text] of Object.entries(typed)) {
      await tabTo(page, new RegExp(`^${label}`));
      await page.keyboard.type(text);
    }
    await page.getByRole('button', { name: /^Buy for/ }).waitFor();
    await tabTo(page, /^Buy for/);
    await page.keyboard.press('Enter');
    await inFocus('It is yours');
    await tabTo(page, /^See the order and pay/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
  },

  'the turn is announced to who is busy with something else': async (shop) => {
    const sale = await flashSale(shop, { starts_at: inSeconds(900) });
    const { page } = await visitor(shop, sale);
    let answer = { state: 'waiting', place: 'x', position: 1, size: 1, eta_s: 4 };
    await page.route('**/queue', (route) => route.fulfill({ json: answer, headers: { 'Retry-After': '1' } }));
    await join(page);
    await step(page, 'You are next');
    await page.getByLabel('City').focus();
    answer = { state: 'admitted', place: 'x', position: 0, expires_in_s: 120 };
    await step(page, 'It is your turn');
    await page.waitForFunction(() => document.getElementById('live').textContent === 'It is your turn');
    ensure(await page.getByLabel('City').evaluate((node) => node === document.activeElement), 'the focus was taken away from what is being typed');
  },

  'who looks at something else in the shop is told of the turn, and of the order': async (shop) => {
    const sale = await flashSale(shop, { starts_at: inSeconds(900) });
    const { page } = await visitor(shop, sale);
    const turns = page.locator('#turns');
    let answer = { state: 'waiting', place: 'x', position: 1, size: 1, eta_s: 4 };
    await page.route('**/queue', (route) => route.fulfill({ json: answer, headers: { 'Retry-After': '1' } }));
    await join(page);
    await step(page, 'You are next');
    await shop.to(page, '#/');
    await page.reload();
    await shop.until(async () => !/^Your turn/.test(await page.title()), 'the title says that it is the turn');
    ensure((await turns.textContent()) === '', 'something is said before there is news');
    answer = { state: 'admitted', place: 'x', position: 0, expires_in_s: 120 };
    await turns.getByText(`${sale.title}: it is your turn.`).waitFor();
    ensure(/^Your turn/.test(await page.title()), 'the name of the tab does not say so');
    await shop.to(page, '#/orders');
    await turns.getByRole('link', { name: 'To the sale' }).click();
    await step(page, 'It is your turn');
    ensure((await turns.textContent()) === '', 'it is still said where it is seen');
    let outcome = { state: 'queued', order_id: null, reason: null };
    await page.route(`**${sale.path}/orders`, (route) => route.fulfill({ status: 202, json: { ticket: 'x', state: 'queued' } }));
    await page.route('**/tickets/x/events', (route) => route.abort());
    await page.route('**/tickets/x', (route) => route.fulfill({ json: outcome, headers: { 'Retry-After': '1' } }));
    await fillAddress(page);
    await buy(page);
    await step(page, 'We are making your order');
    await shop.to(page, '#/');
    outcome = { state: 'ordered', order_id: '42', reason: null };
    await turns.getByText('your order is made').waitFor();
    ensure((await turns.getByRole('link').getAttribute('href')) === '#/orders/42', 'it does not lead to the order');
    await turns.getByRole('button', { name: 'Close' }).click();
    ensure((await turns.textContent()) === '', 'it cannot be closed');
  },

  'a turn that was not used passes, also where it was told': async (shop) => {
    const sale = await flashSale(shop);
    const { page } = await visitor(shop, sale);
    const turns = page.locator('#turns');
    await page.route('**/queue', (route) => route.fulfill({ json: { state: 'admitted', place: 'x', position: 0, expires_in_s: 6 } }));
    await join(page);
    await step(page, 'It is your turn');
    await shop.to(page, '#/');
    await turns.getByText('it is your turn').waitFor();
    await turns.getByText('it is your turn').waitFor({ state: 'detached' });
    await shop.until(async () => !/^Your turn/.test(await page.title()), 'the name of the tab still says so');
  },

  'staff schedules a sale, watches it, changes it and calls it off': async (shop) => {
    const product = await shop.product({ colours: [], price: '12.00' });
    const staff = await atWork(shop, '#/staff/flash');
    await staff.getByRole('link', { name: 'Schedule a sale' }).click();
    await staff.getByRole('button', { name: 'Schedule the sale' }).click();
    await staff.getByText('Please find it, and choose it below.').waitFor();
    await staff.getByLabel('What is sold').fill(product.title);
    await staff.getByLabel('What is sold').press('Enter');
    await staff.getByRole('radio', { name: new RegExp(product.title) }).check();
    const here = (s) => staff.evaluate((ms) => { const time = new Date(ms); return new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19); }, Date.now() + s * 1000);
    const title = `Flash ${product.title}`;
    await staff.getByLabel('Title').fill(title);
    await staff.getByLabel(/^Price of one/).fill('7.50');
    await staff.getByLabel('Units', { exact: true }).fill('4');
    await staff.getByLabel('Begins').fill(await here(-60));
    await staff.getByLabel('Ends').fill(await here(-120));
    await staff.getByRole('button', { name: 'Schedule the sale' }).click();
    await staff.getByText('After the sale begins, please.').waitFor();
    await staff.getByLabel('Ends').fill(await here(1200));
    await staff.getByRole('button', { name: 'Schedule the sale' }).click();
    await staff.getByRole('heading', { level: 1, name: title }).waitFor();
    const saleId = staff.url().match(/flash\/(\d+)/)[1];
    await staff.getByText('The gate is there.').waitFor();
    const tile = (name) => staff.locator('.tile', { has: staff.getByText(name, { exact: true }) }).locator('dd');
    await tile('Units left').getByText('4', { exact: true }).waitFor();
    await takenByOthers(shop, { path: `/v1/flash/${saleId}` }, 1);
    await tile('Units left').getByText('3', { exact: true }).waitFor();
    await tile('Orders').getByText('1', { exact: true }).waitFor();
    await staff.getByText('1 of 4 units are ordered.').waitFor();
    await shop.to(staff, `#/staff/flash/${saleId}`);
    await staff.getByLabel('Units', { exact: true }).fill('6');
    await staff.getByRole('button', { name: 'Change the sale' }).click();
    await staff.getByText('1 of 6 units are ordered.').waitFor();
    await tile('Units left').getByText('5', { exact: true }).waitFor();
    await staff.getByRole('button', { name: 'Call the sale off' }).click();
    await staff.getByRole('dialog').getByRole('button', { name: 'Call it off' }).click();
    await staff.getByText('Nobody is let in any more.').waitFor();
    const { body } = await shop.api('GET', `/v1/flash/${saleId}`);
    ensure(body.state === 'cancelled', `the sale is ${body.state}`);
    await shop.to(staff, '#/staff/flash');
    await staff.locator('.order-row', { hasText: title }).getByText('Called off').waitFor();
  },
};
