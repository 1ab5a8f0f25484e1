/* The shop as the browser tests see it: pages in Chromium that must stay free of errors, the API beside them, and products of our own.
 *
 * A page fails its test by itself when the console shows an error, a script throws, or the Content-Security-Policy refuses something; a
 * test that provokes an HTTP error says so with `expected`.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createHmac, randomUUID } from 'node:crypto';
import { chromium } from 'playwright-core';

const run = promisify(execFile);
const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run',
  '--ignore-certificate-errors'];
const COLUMNS = ['Handle', 'Title', 'Body (HTML)', 'Vendor', 'Type', 'Tags', 'Published', 'Option1 Name', 'Option1 Value', 'Option2 Name', 'Option2 Value',
  'Variant SKU', 'Variant Inventory Tracker', 'Variant Inventory Qty', 'Variant Inventory Policy', 'Variant Price', 'Image Src', 'Image Alt Text'];

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9H0z" fill="#b98"/></svg>';

export const PASSWORD = 'a bowl of warm lentils';
export const ADDRESS = { name: 'Ada Lovelace', country: 'DE', city: 'Berlin', line1: '12 Analytical Lane', postal_code: '10115' };

export const newEmail = () => `page-${randomUUID()}@example.org`;

export function ensure(truth, words) {
  if (!truth) throw new Error(words);
}

const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;

/* A product as lines of Shopify's CSV. */
function rowsOf({ handle, title, price = '12.50', stock = 50, colours = ['Sand', 'Petrol'], sizes = ['Small', 'Large'], type = 'Lamps' }) {
  const pairs = colours.length > 0 ? colours.flatMap((colour) => sizes.map((size) => [colour, size])) : [['', '']];
  return pairs.map(([colour, size], n) => [handle, n === 0 ? title : '', n === 0 ? '<p>Made for <b>tests</b>.</p>' : '', n === 0 ? 'Workshop' : '', n === 0 ? type : '', '',
    n === 0 ? 'true' : '', colour ? (n === 0 ? 'Colour' : '') : 'Title', colour || 'Default Title', size && n === 0 ? 'Size' : '', size, '', 'shopify', stock, 'deny', price, '', '']);
}

export class Shop {
  static async open() {
    const shop = new Shop();
    shop.state = process.env.SOUK_TEST_STATE;
    const env = await readFile(path.join(shop.state, 'demo.env'), 'utf8');
    const value = (name) => env.match(new RegExp(`^${name}=['"]?(.*?)['"]?$`, 'm'))?.[1];
    shop.url = (process.env.SOUK_URL ?? value('SOUK_URL')).replace(/\/$/, '');
    shop.souk = path.join(process.env.BUILD ?? 'build', 'souk');
    shop.folder = await mkdtemp(path.join(tmpdir(), 'souk-page-'));
    const executablePath = CHROMIUM.find((file) => file && existsSync(file));
    ensure(executablePath, 'Chromium is missing; install it with: apt install chromium-headless-shell');
    shop.browser = await chromium.launch({ executablePath, args: ARGS });
    shop.contexts = [];
    return shop;
  }

  async close() {
    await this.browser.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /* A fresh visitor's page. `expected`: errors that belong to the test. */
  async visit({ width = 1440, height = 900, scheme = 'light', expected = /^$/, motion = 'reduce' } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height }, colorScheme: scheme, reducedMotion: motion, ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'Europe/Berlin',
    });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const wrong = [];
    page.on('console', (message) => { if (message.type() === 'error' && !expected.test(message.text())) wrong.push(`console: ${message.text()} ${message.location().url}`); });
    page.on('pageerror', (error) => wrong.push(`script: ${error.stack}`));
    // Imported catalogues have pictures elsewhere: drawn here, so that no test needs the internet. Anything else from outside is wrong.
    await context.route((address) => address.protocol.startsWith('http') && address.origin !== new URL(this.url).origin, (route) => {
      if (route.request().resourceType() !== 'image') wrong.push(`outside: ${route.request().url()}`);
      return route.fulfill({ contentType: 'image/svg+xml', body: PICTURE });
    });
    await context.exposeFunction('soukRefused', (text) => { if (!expected.test(`policy: ${text}`)) wrong.push(`policy: ${text}`); });
    await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => window.soukRefused(`${event.violatedDirective} ${event.blockedURI}`)));
    this.contexts.push({ context, page, wrong });
    return page;
  }

  /* Ends all visits; throws when one of their pages had an error. */
  async leave() {
    const visits = this.contexts.splice(0);
    await Promise.all(visits.map(({ context }) => context.close()));
    const wrong = visits.flatMap((visit) => visit.wrong);
    ensure(wrong.length === 0, wrong.join('\n'));
  }

  async photograph(file) {
    await this.contexts.at(-1)?.page.screenshot({ path: file }).catch(() => {});
  }

  async to(page, hash) {
    await page.goto('about:blank');
    await page.goto(`${this.url}/${hash}`);
    await this.settled(page);
  }

  async settled(page) {
    await page.locator('main:not([aria-busy]) h1').first().waitFor();
  }

  /* A request beside the browser; answers {status, body}. */
  async api(method, where, { body, token, key } = {}) {
    const headers = { ...(body && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Bearer ${token}` }), ...(key && { 'Idempotency-Key': randomUUID() }) };
    const context = this.contexts[0]?.context ?? (await this.visit()).context();
    const answer = await context.request.fetch(this.url + where, { method, headers, data: body && JSON.stringify(body), ignoreHTTPSErrors: true });
    return { status: answer.status(), body: await answer.json().catch(() => null) };
  }

  async newAccount() {
    const email = newEmail();
    await this.api('POST', '/v1/accounts', { body: { email, password: PASSWORD, name: 'Ada Lovelace' } });
    const { body } = await this.api('POST', '/v1/sessions', { body: { email, password: PASSWORD } });
    return { email, token: body.access_token };
  }

  /* Asks until the answer is true; what is kept somewhere on the way or follows by events takes a second or two. */
  async until(ask, words, tries = 60) {
    for (let n = 0; n < tries; n++) {
      const answer = await ask();
      if (answer) return answer;
      await new Promise((resolve) => { setTimeout(resolve, 250); });
    }
    throw new Error(words);
  }

  /* The demo shop's administrator. */
  async staff() {
    const env = await readFile(path.join(this.state, 'demo.env'), 'utf8');
    const value = (name) => env.match(new RegExp(`^${name}=['"]?(.*?)['"]?$`, 'm'))?.[1];
    const [email, password] = [value('SOUK_ADMIN_EMAIL'), value('SOUK_ADMIN_PASSWORD')];
    const { body } = await this.api('POST', '/v1/sessions', { body: { email, password } });
    return { email, password, token: body.access_token };
  }

  /* A command of `souk admin`; its answer may be that something is open (3). */
  async admin(...words) {
    await run(this.souk, ['admin', '--config', path.join(this.state, 'souk.conf'), ...words]).catch((error) => { if (error.code !== 3) throw error; });
  }

  /* Switches faults of the sandbox provider on for the payment whose page this is. */
  async faults(payUrl, switches) {
    const conf = await readFile(path.join(this.state, 'souk.conf'), 'utf8');
    const body = JSON.stringify({ payment_id: payUrl.match(/\d{15,}/)[0], ...switches });
    const stamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', conf.match(/^sandbox_secret = (.*)$/m)[1]).update(`${stamp}.PUT /sandbox/v1/faults.${body}`).digest('hex');
    const answer = await this.contexts[0].context.request.fetch(`${this.url}/sandbox/v1/faults`, { method: 'PUT', data: body, ignoreHTTPSErrors: true,
      headers: { 'Content-Type': 'application/json', 'Sandbox-Timestamp': stamp, 'Sandbox-Signature': signature } });
    ensure(answer.ok(), `the faults were refused: ${await answer.text()}`);
  }

  /* Imports a product with options Colour × Size (or none) and finds it again; `stock` is per variant. */
  async product(wanted = {}) {
    return (await this.products([wanted]))[0];
  }

  async products(wanted) {
    const all = wanted.map((one) => ({ handle: `page-${randomUUID()}`, ...one })).map((one) => ({ title: `Lamp ${one.handle.slice(-8)}`, ...one }));
    const file = path.join(this.folder, `${randomUUID()}.csv`);
    await writeFile(file, `${[COLUMNS, ...all.flatMap(rowsOf)].map((row) => row.map(cell).join(',')).join('\n')}\n`);
    await run(this.souk, ['admin', '--config', path.join(this.state, 'souk.conf'), 'import', file]);
    return Promise.all(all.map(async ({ handle, title }) => {
      const found = await this.until(async () => {
        const { body } = await this.api('GET', `/v1/search?q=${encodeURIComponent(title)}`);
        return body.items?.find((item) => item.handle === handle);
      }, `the imported product ${title} is not found by searching for it`);
      return (await this.api('GET', `/v1/products/${found.product_id}`)).body;
    }));
  }

  /* Somebody else buys `qty` of a SKU. */
  async buyElsewhere(sku, qty) {
    const { token } = await this.newAccount();
    const answer = await this.api('POST', '/v1/orders', { token, key: true, body: { items: [{ sku_id: sku.sku_id, qty }], address: ADDRESS } });
    ensure(answer.status === 201, `the other order was refused: ${JSON.stringify(answer.body)}`);
  }

  async ordersOf(page) {
    const token = await page.evaluate(() => (JSON.parse(localStorage.getItem('souk.session')) ?? JSON.parse(localStorage.getItem('souk.guest')))?.access);
    return token ? (await this.api('GET', '/v1/orders?limit=100', { token })).body.items : [];
  }
}

/* Puts a product in the cart by its page. */
export async function intoCart(shop, page, product, values = []) {
  await shop.to(page, `#/products/${product.product_id}`);
  for (const value of values) await page.getByRole('radio', { name: value }).check();
  const before = await cartUnits(page);
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.waitForFunction((units) => (JSON.parse(localStorage.getItem('souk.cart'))?.cart.units_n ?? 0) > units, before);
}

/* Units in the cart as the page saw it last. */
export const cartUnits = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('souk.cart'))?.cart.units_n ?? 0);

export async function fillAddress(page) {
  await page.getByLabel('Full name').fill(ADDRESS.name);
  await page.getByLabel('Street and number').fill(ADDRESS.line1);
  await page.getByLabel('Postal code').fill(ADDRESS.postal_code);
  await page.getByLabel('City').fill(ADDRESS.city);
  await page.getByLabel('Country').selectOption(ADDRESS.country);
}

/* Checkout as a guest up to the button. */
export async function fillCheckout(shop, page) {
  await shop.to(page, '#/checkout');
  await page.getByLabel('E-mail').fill(newEmail());
  await fillAddress(page);
}

/* A coupon for one product, of 10 % unless `more` says otherwise; without a code (undefined) it applies by itself. */
export async function offer(shop, product, more) {
  const { token } = await shop.staff();
  const { status, body } = await shop.api('POST', '/v1/admin/promotions', { token, key: true, body: {
    name: 'Ten off', code: `P${randomUUID().slice(0, 10).toUpperCase()}`, kind: 'percent', value: 1000, currency: product.skus[0].currency,
    targets: [{ kind: 'product', id: product.product_id }], ...more,
  } });
  ensure(status === 201, `the promotion was refused: ${JSON.stringify(body)}`);
  return body;
}

/* On the page that asks who one is. */
export async function signIn(page, email, password = PASSWORD) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export const placeButton = (page) => page.getByRole('button', { name: /^Place order/ });

export async function payInSandbox(page, before) {
  await page.getByRole('button', { name: /^Pay / }).click();
  await page.waitForURL(/\/sandbox\//);
  await before?.(page.url());
  await page.locator('button[value="pay"]').click();
}

export async function seePaid(page) {
  await page.getByRole('heading', { level: 1, name: /It is paid/ }).waitFor();
  await page.getByText('Your payment arrived').waitFor();
}

/* A paid order of `units` and the page that shows it; {page, orderId}. */
export async function bought(shop, product, { units = 1, faults, ...visit } = {}) {
  const page = await shop.visit(visit);
  for (let n = 0; n < units; n++) await intoCart(shop, page, product);
  await fillCheckout(shop, page);
  await placeButton(page).click();
  await page.getByRole('heading', { level: 1, name: 'Almost yours' }).waitFor();
  const orderId = page.url().match(/orders\/(\d+)/)[1];
  await payInSandbox(page, faults && ((payUrl) => shop.faults(payUrl, faults)));
  await seePaid(page);
  return { page, orderId };
}

/* A page of the shop's administrator, at `hash`. */
export async function atWork(shop, hash, visit) {
  const { email, password } = await shop.staff();
  const page = await shop.visit(visit);
  await shop.to(page, `#/sign-in?next=${encodeURIComponent(hash.slice(1))}`);
  await signIn(page, email, password);
  await page.getByRole('link', { name: 'Staff', exact: true }).waitFor();
  await shop.settled(page);
  return page;
}
