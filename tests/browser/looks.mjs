/* Every view in both colour schemes and at two widths: axe finds nothing, nothing scrolls sideways, targets are large enough to touch. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { flashSale, join, visitor } from './flash.mjs';
import { ADDRESS, ensure, fillCheckout, intoCart, placeButton, signIn } from './shop.mjs';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TARGET_PX = 44;
const HTTP_ERROR = /Failed to load resource/;
const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenhalterung 手工陶瓷茶杯与茶壶套装手工陶瓷茶杯与茶壶套装';

async function axe(page, view, options) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axeSource); // by the debugger: the page's policy stays as it is
  const found = await page.evaluate((how) => window.axe.run(document, { resultTypes: ['violations'], ...how }), options);
  ensure(found.violations.length === 0, `${view}: ${found.violations.map((one) => `${one.id}: ${one.help}\n${one.nodes.map((node) => node.html + node.failureSummary).join('\n')}`).join('\n')}`);
}

async function check(page, view) {
  await page.emulateMedia({ colorScheme: 'light' });
  await axe(page, view, {});
  await page.emulateMedia({ colorScheme: 'dark' });
  await axe(page, `${view}, dark`, { runOnly: ['color-contrast', 'link-in-text-block'] });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  ensure(over <= 0, `${view}: scrolls sideways by ${over} px`);
  const small = await page.evaluate((px) => [...document.querySelectorAll('button, .button, .chip, .top-link, .wordmark, input:not([type=radio], [type=checkbox]), select, textarea')]
    .filter((one) => one.getClientRects().length > 0).map((one) => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 120)]).filter(([height]) => height < px - 0.5), TARGET_PX);
  ensure(small.length === 0, `${view}: too small to touch: ${small.join('; ')}`);
  ensure(/souk demo shop/.test(await page.title()) || view === 'pay', `${view}: has no title`);
  ensure((await page.locator('h1').count()) === 1, `${view}: has not exactly one h1`);
}

/* Shows one view after the other; `see` looks at each. */
async function everyView(shop, page, see) {
  const product = await shop.product({ title: `${LONG} ${Date.now()}`, sizes: ['Klein', 'Sehr groß, für außergewöhnlich geräumige Wohnzimmer gedacht'] });
  const plain = ['#/', `#/?q=${encodeURIComponent('lamp')}`, '#/?q=zzqqxxyy', '#/sign-in', '#/register', '#/cart', '#/checkout', '#/orders', '#/forgot-password', '#/nowhere', '#/products/1'];
  for (const hash of plain) {
    await shop.to(page, hash);
    await see(hash);
  }
  const { body } = await shop.api('GET', '/v1/products?limit=1');
  await shop.to(page, `#/products/${body.items[0].product_id}`);
  await see('product of the demo shop');
  await intoCart(shop, page, product);
  await see('product, cart open or toast');
  await page.keyboard.press('Escape');
  await shop.to(page, '#/cart');
  await see('cart');
  await shop.to(page, '#/checkout');
  await placeButton(page).click();
  await see('checkout, fields marked');
  await fillCheckout(shop, page);
  await placeButton(page).click();
  await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
  await see('order');
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  await see('order, asked about cancelling');
  await page.keyboard.press('Escape');
  await shop.to(page, '#/orders');
  await see('orders');
  await account(shop, page, see);
}

async function account(shop, page, see) {
  const { email, token } = await shop.newAccount();
  await shop.api('POST', '/v1/me/addresses', { token, body: { name: LONG, country: 'DE', city: 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch', line1: LONG } });
  await shop.api('POST', '/v1/me/addresses', { token, body: { name: 'Ada', country: 'CN', city: '上海', line1: '南京路 1' } });
  await shop.to(page, '#/sign-in?next=/account');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('a bowl of warm lentils');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await see('account');
  await page.getByRole('button', { name: /^Change/ }).first().click();
  await see('account, changing an address');
  await page.getByText('Use another e-mail address').click();
  await page.getByText('Delete this account').click();
  await see('account, everything open');
  await intoCart(shop, page, await shop.product());
  await page.keyboard.press('Escape');
  await shop.to(page, '#/checkout');
  await see('checkout with remembered addresses');
}

/* Presses a button of the sandbox's page where an order is paid. */
async function press(shop, page, token, orderId, button) {
  const { body } = await shop.api('POST', `/v1/orders/${orderId}/payments`, { token, key: true, body: { channel: 'sandbox' } });
  const there = await page.context().newPage();
  await there.goto(new URL(body.pay_url, shop.url).href);
  await there.locator(`button[value="${button}"]`).click();
  await there.close();
}

/* An account's order of three, with words as long as they get. */
async function longOrder(shop, token) {
  const product = await shop.product({ title: `${LONG} ${Date.now()}`, colours: [] });
  const { body } = await shop.api('POST', '/v1/orders', { token, key: true, body: { items: [{ sku_id: product.skus[0].sku_id, qty: 3 }], address: { ...ADDRESS, name: LONG } } });
  return body.order_id;
}

async function sent(shop, token, orderId) {
  const { token: boss } = await shop.staff();
  await shop.until(async () => (await shop.api('GET', `/v1/orders/${orderId}`, { token })).body.state === 'PAID', 'the order is not paid');
  await shop.api('POST', `/v1/admin/orders/${orderId}/shipments`, { token: boss, key: true, body: { shipped: true, carrier: LONG.slice(0, 60), tracking: 'JD0002003004005006007008009' } });
}

async function returning(shop, page, see) {
  const { email, token } = await shop.newAccount();
  await shop.to(page, '#/sign-in?next=/orders');
  await signIn(page, email);
  await page.getByRole('heading', { level: 1, name: 'No orders yet' }).waitFor();
  const orderId = await longOrder(shop, token);
  await press(shop, page, token, orderId, 'decline');
  await shop.to(page, `#/orders/${orderId}`);
  await page.getByText('The last payment did not go through').waitFor();
  await see('order, a payment was declined');
  await press(shop, page, token, orderId, 'pay');
  await sent(shop, token, orderId);
  await shop.to(page, `#/orders/${orderId}/return`);
  await page.getByRole('checkbox').check();
  await see('sending something back');
  await page.getByLabel('Anything we should know').fill(LONG);
  await page.getByRole('button', { name: 'Ask for the return' }).click();
  await page.getByRole('heading', { level: 2, name: 'Returns' }).waitFor();
  await see('order, something goes back');
}

async function staff(shop, page, see) {
  const { token } = await shop.newAccount();
  const orderId = await longOrder(shop, token);
  await press(shop, page, token, orderId, 'pay');
  await sent(shop, token, orderId);
  const { body: one } = await shop.api('POST', `/v1/orders/${orderId}/returns`, { token, key: true, body: { items: [{ line: 1, qty: 2 }], reason: LONG } });
  const { email, password, token: boss } = await shop.staff();
  const step = (name, body) => shop.api('POST', `/v1/admin/returns/${one.return_id}/${name}`, { token: boss, key: true, body });
  await shop.to(page, '#/sign-in?next=/staff/returns');
  await signIn(page, email, password);
  await page.getByRole('heading', { level: 1, name: 'Returns' }).waitFor();
  await shop.settled(page);
  await see('staff: returns');
  await shop.to(page, `#/staff/orders/${orderId}`);
  await page.getByText('Refuse it').click();
  await see('staff: an order, a return to decide');
  await step('approve', { note: LONG });
  await shop.to(page, `#/staff/orders/${orderId}`);
  await see('staff: an order, a return on its way');
  await step('receive', { items: [{ line: 1, received: 2, sellable: 1 }] });
  await shop.to(page, `#/staff/orders/${orderId}`);
  await page.getByText('Send the same again instead').click();
  await see('staff: an order, a return to settle');
  await shop.to(page, '#/staff?state=SHIPPED');
  await see('staff: orders');
  const today = new Date().toISOString().slice(0, 10);
  await shop.admin('reconcile', 'sandbox', today);
  await shop.to(page, `#/staff/money?channel=sandbox&day=${today}`);
  await see('staff: money');
  await shop.api('PUT', '/v1/admin/hold-rules/CHF', { token: boss, body: { above: 9007199254740991 } });
  await shop.to(page, '#/staff/rules');
  await page.locator('li', { hasText: 'CHF' }).getByText('Change it').click();
  await page.getByRole('button', { name: 'Hold orders above this' }).click();
  await see('staff: rules, one open, fields marked');
}

const ahead = (s) => new Date(Date.now() + s * 1000).toISOString();

/* A flash sale as its buyer meets it. */
async function flash(shop, page, see) {
  const sale = await flashSale(shop, { title: LONG, starts_at: ahead(900), ends_at: ahead(3600), per_account: 3, challenge_bits: 4 });
  const { page: buyer } = await visitor(shop, sale);
  const look = (view) => see(view, buyer);
  await look('flash sale, the queue is open');
  await join(buyer);
  await buyer.getByRole('heading', { level: 2, name: 'You are next' }).waitFor();
  await look('flash sale, waiting');
  const shown = async (changes, view) => {
    await buyer.evaluate(([id, more]) => {
      const all = JSON.parse(localStorage.getItem('souk.flash'));
      localStorage.setItem('souk.flash', JSON.stringify({ ...all, [id]: { ...all[id], ...more } }));
    }, [sale.sale_id, changes]);
    await shop.to(buyer, sale.hash);
    await look(view);
  };
  await shown({ seat: { state: 'admitted', position: 0, until: Date.now() + 3_600_000 }, trouble: { code: 'flash.sold_out', status: 409 } }, 'flash sale, the turn, with trouble');
  await shop.to(buyer, '#/');
  await buyer.locator('#turns').getByText('it is your turn').waitFor();
  await look('the turn, told on the front');
  await shown({ trouble: null, outcome: { state: 'ordered', order_id: '1' } }, 'flash sale, ordered');
  await shown({ outcome: { state: 'refused', reason: 'gate_restarted' } }, 'flash sale, refused');
  await shop.to(page, sale.hash);
  await see('flash sale, nobody signed in');
  await shop.to(page, '#/flash');
  await see('flash sales');
  await shop.to(page, '#/');
  await see('front with flash sales');
}

/* And as staff does. */
async function staffFlash(shop, page, see) {
  const sale = await flashSale(shop, { title: LONG, starts_at: ahead(900), ends_at: ahead(3600) });
  const { email, password } = await shop.staff();
  await shop.to(page, '#/sign-in?next=/staff/flash');
  await signIn(page, email, password);
  await page.getByRole('link', { name: 'Schedule a sale' }).waitFor();
  await shop.settled(page);
  await see('staff: flash sales');
  await shop.to(page, '#/staff/flash/new');
  await page.getByRole('button', { name: 'Schedule the sale' }).click();
  await see('staff: a new sale, fields marked');
  await shop.to(page, `#/staff/flash/${sale.sale_id}`);
  await see('staff: a sale as it runs');
  await page.getByRole('button', { name: 'Call the sale off' }).click();
  await see('staff: a sale, asked about calling it off');
  await page.keyboard.press('Escape');
}

const at = (width, height) => async (shop) => {
  const page = await shop.visit({ width, height, expected: HTTP_ERROR });
  await everyView(shop, page, (view) => check(page, view));
};

/* What is not seen on the way through the shop, at both widths in one go. */
const both = (show) => async (shop) => {
  const page = await shop.visit({ expected: HTTP_ERROR });
  await show(shop, page, async (view, seen = page) => {
    for (const [width, height] of [[360, 740], [1440, 900]]) {
      await seen.setViewportSize({ width, height });
      await check(seen, `${view}, ${width} px`);
    }
  });
};

export const tests = {
  'every view, 360 px, light and dark': at(360, 740),
  'every view, 1440 px, light and dark': at(1440, 900),
  'something goes back, 360 and 1440 px, light and dark': both(returning),
  'every view of the staff, 360 and 1440 px, light and dark': both(staff),

  'flash sales, 360 and 1440 px, light and dark': both(flash),
  'flash sales of the staff, 360 and 1440 px, light and dark': both(staffFlash),

  'nothing moves while a view and its pictures load': async (shop) => {
    const page = await shop.visit();
    await page.addInitScript(() => {
      window.shift = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });
    });
    const { email, password, token } = await shop.staff();
    await shop.to(page, '#/sign-in?next=/staff/returns');
    await signIn(page, email, password);
    await page.getByRole('heading', { level: 1, name: 'Returns' }).waitFor();
    const { body } = await shop.api('GET', '/v1/admin/orders?limit=1', { token });
    for (const hash of ['#/', '#/flash', '#/account', '#/staff', '#/staff/flash', '#/staff/flash/new', '#/staff/returns', '#/staff/rules', `#/staff/orders/${body.items[0].order_id}`, `#/staff/money?channel=sandbox&day=${new Date().toISOString().slice(0, 10)}`]) {
      for (const width of [360, 1440]) {
        await page.setViewportSize({ width, height: 800 });
        await shop.to(page, hash);
        await page.waitForLoadState('networkidle');
        const shift = await page.evaluate(() => window.shift);
        ensure(shift < 0.02, `${hash}, ${width} px: the layout shifted by ${shift}`);
      }
    }
  },

  'going back finds the list as it was left': async (shop) => {
    const page = await shop.visit();
    await shop.to(page, '#/');
    const more = page.getByRole('button', { name: 'Load more' });
    if (await more.isVisible()) await more.click();
    await page.waitForFunction(() => !document.querySelector('.busy'));
    const cards = await page.locator('.card').count();
    await page.locator('.card-link').nth(cards - 1).scrollIntoViewIfNeeded();
    await page.waitForTimeout(100);
    const before = await page.evaluate(() => scrollY);
    await page.locator('.card-link').nth(cards - 1).click();
    await page.getByRole('button', { name: 'Add to cart' }).waitFor();
    await page.goBack();
    await page.locator('.card').nth(cards - 1).waitFor();
    await shop.settled(page);
    const after = await page.evaluate(() => scrollY);
    ensure(Math.abs(after - before) < 60, `was at ${before}, is at ${after}`);
  },
};
