/* Checkout: where to, how to reach you, a last look at the lines, and the order.
 *
 * One submission makes one order: its Idempotency-Key is kept with the exact body until the answer has come, over reloads too, so a second
 * click, a retry or a lost answer leads to the same order. The total the person saw is sent along; if a price moved, nothing is ordered and the new total is shown.
 */
import { call, get, newKey, pause } from '../api.js';
import { addressForm, addressLines } from '../address.js';
import * as cart from '../cart.js';
import { announce, h, uid } from '../dom.js';
import { check, emailRule, field, onSubmit, problemBox, tell } from '../form.js';
import { forget, read, write } from '../keep.js';
import { money } from '../money.js';
import { empty, loading, picture, skeleton } from '../parts.js';
import { goInstead } from '../router.js';
import * as session from '../session.js';
import { totals } from './cart.js';

const SUBMISSION_MS_MAX = 30 * 60_000; // afterwards the same body means a new order

/* The key for this body: the one of the submission under way, or a new one. */
function submissionKey(body) {
  const kept = read('submission', null);
  if (kept?.body === body && kept.at > Date.now() - SUBMISSION_MS_MAX) return kept.key;
  const key = newKey();
  write('submission', { key, body, at: Date.now() });
  return key;
}

async function fetchSku(line) {
  try {
    return [line.sku_id, await get(`/v1/skus/${line.sku_id}`)];
  } catch (problem) {
    return [line.sku_id, problem.code === 'not_found' ? null : undefined];
  }
}

/* Brings the cart up to date; returns what became of it, in words. */
async function bringUpToDate() {
  const before = cart.lines();
  cart.refreshPrices(new Map(await Promise.all(before.map(fetchSku))));
  const words = [];
  for (const line of cart.lines()) {
    const was = before.find((one) => one.sku_id === line.sku_id);
    if (line.gone) words.push(`${line.title} is no longer for sale.`);
    else if (was && was.price !== line.price) words.push(`${line.title} now costs ${money(line.price, line.currency)} instead of ${money(was.price, was.currency)}.`);
  }
  return words;
}

/* Catalogue answers may be some seconds old (they are cached): asked again until they show why the order was refused. */
async function whatChanged() {
  for (let n = 1; ; n++) {
    const words = await bringUpToDate();
    if (words.length > 0 || n === 10) return words;
    await pause(500);
  }
}

function summary(onChange) {
  const list = h('ul', { class: 'lines' });
  const total = h('strong');
  const node = h('section', { class: 'panel summary', 'aria-labelledby': 'summary-title' },
    h('h2', { id: 'summary-title' }, 'Your order'), list, h('p', { class: 'total' }, h('span', null, 'Total'), total),
    h('p', { class: 'small' }, h('a', { href: '#/cart' }, 'Change the cart')));
  const trouble = new Map(); // sku_id → words
  const draw = () => {
    list.replaceChildren(...cart.lines().map((line) => h('li', { class: 'line' },
      picture(line.image, '', { size: 64 }),
      h('div', { class: 'line-text' }, h('span', null, line.title), h('p', { class: 'muted' }, [line.choice, `${line.qty}\u00a0×\u00a0${money(line.price, line.currency)}`].filter(Boolean).join(' · ')),
        trouble.has(line.sku_id) && h('p', { class: 'error' }, trouble.get(line.sku_id)),
        (trouble.has(line.sku_id) || line.gone) && h('button', { type: 'button', class: 'text-button', onclick: () => { trouble.delete(line.sku_id); cart.remove(line.sku_id); onChange(); } },
          'Take it out', h('span', { class: 'hidden' }, ` ${line.title}`))),
      h('p', { class: 'line-sum' }, money(line.price * line.qty, line.currency)))));
    total.textContent = totals(cart.lines());
  };
  draw();
  return { node, draw, blame: (skuId, words) => { trouble.set(skuId, words); draw(); }, clear: () => { trouble.clear(); draw(); } };
}

/* Saved addresses as a choice, with "another address" opening the form. */
function addressPart(saved) {
  const usual = saved.find((one) => one.is_default) ?? saved[0];
  const typed = addressForm({ name: session.account()?.name });
  const keepBox = h('input', { type: 'checkbox', id: uid('keep'), checked: true });
  const keep = session.account() && h('p', { class: 'tick' }, keepBox, h('label', { for: keepBox.id }, 'Remember this address'));
  const form = h('div', { class: 'new-address' }, typed.node, keep);
  if (!usual) return { node: form, fields: () => typed.fields, value: typed.value, remember: () => Boolean(keep && keepBox.checked) };
  let chosen = usual;
  form.hidden = true;
  const name = uid('saved');
  const choice = (address, body) => {
    const id = uid('address');
    return h('div', { class: 'choice' }, h('input', { type: 'radio', name, id, checked: address === usual, onchange: () => { chosen = address; form.hidden = address !== null; } }), h('label', { for: id }, body));
  };
  const node = h('fieldset', { class: 'saved' }, h('legend', { class: 'hidden' }, 'Choose an address'),
    saved.map((address) => choice(address, addressLines(address))), choice(null, 'Another address'), form);
  const value = () => (chosen ? Object.fromEntries(Object.keys(chosen).filter((key) => !['address_id', 'is_default', 'created_at', 'updated_at', 'version'].includes(key) && chosen[key])
    .map((key) => [key, chosen[key]])) : typed.value());
  return { node, fields: () => (chosen ? [] : typed.fields), value, remember: () => !chosen && Boolean(keep && keepBox.checked) };
}

/* The body, always written in the same way: its text is what the key belongs to. */
function bodyOf(lines, address, email, note) {
  const items = lines.map((line) => ({ sku_id: line.sku_id, qty: line.qty })).sort((a, b) => (a.sku_id < b.sku_id ? -1 : 1));
  return JSON.stringify({ items, address, ...(note && { note }), ...(email && { email }), expected_total: cart.total(lines) });
}

async function send(body) {
  await session.ensureSomeone();
  return call('POST', '/v1/orders', { as: 'either', key: submissionKey(body), body });
}

/* Sends it; the order placed, or a Problem. */
async function place(lines, body) {
  const { data } = await send(body).catch((problem) => {
    if (problem.code !== 'guest.expired') throw problem;
    return send(body); // as a new guest
  });
  session.rememberOrder(data.order_id);
  forget('submission');
  cart.takeOut(lines);
  return data;
}

/* What to say when the order was refused, and what the cart says about it. */
async function refused(problem, lines, fields, box, seen) {
  if (problem.code === 'idempotency.mismatch') forget('submission');
  if (problem.code === 'order.price_changed' || problem.code === 'order.sku_unavailable') {
    const words = await whatChanged();
    seen.clear();
    const head = problem.code === 'order.price_changed' ? 'A price has changed, so nothing was ordered yet.' : 'Something in your cart is no longer for sale, so nothing was ordered yet.';
    box.show(h('p', null, head), words.length > 0 && h('ul', null, words.map((text) => h('li', null, text))), h('p', null, `The total is now ${totals(cart.lines())}. Order again if that is fine.`));
    return;
  }
  if (problem.code === 'order.out_of_stock' || problem.code === 'stock.short') {
    const hit = lines.find((line) => problem.detail.includes(line.sku_id));
    if (hit) {
      const words = hit.qty > 1 ? `We do not have ${hit.qty} of these any more.` : 'Sold out just now.';
      seen.blame(hit.sku_id, words);
      box.show(h('p', null, `Sorry: ${hit.title} is sold out, or there are fewer left than you want. Nothing was ordered. Take it out or choose fewer, then order again.`));
      return;
    }
  }
  tell(problem, fields, box);
  if (problem.status === 0) box.show(h('p', null, 'We do not know whether your order arrived. Please press the button again: you will not order twice.'));
}

async function savedAddresses(signal) {
  if (!session.account()) return [];
  const answer = await get('/v1/me/addresses?limit=100', { as: 'account', signal });
  return answer.items;
}

function nothingToOrder(page) {
  page.put(empty('Your cart is empty', 'Put something in it first.', h('a', { class: 'button primary', href: '#/' }, 'Look around')));
  page.ready();
}

function contact() {
  const account = session.account();
  if (account) return { node: h('p', null, 'Signed in as ', h('strong', null, account.email ?? account.name)), fields: [], value: '' };
  const email = field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email', inputmode: 'email', maxlength: 254, rule: emailRule, wide: true, hint: 'We write to you about this order and nothing else.' });
  return {
    node: h('div', null, h('p', { class: 'muted' }, 'You order as a guest. Have an account? ', h('a', { href: '#/sign-in?next=/checkout' }, 'Sign in'), '.'), email.node),
    fields: [email], get value() { return email.value; },
  };
}

/* "#/checkout". */
export async function checkout(page) {
  page.title('Checkout');
  if (cart.lines().length === 0) {
    nothingToOrder(page);
    return;
  }
  page.put(loading('Loading the checkout', h('div', { class: 'checkout' }, skeleton('row-shape', 4))));
  const saved = await savedAddresses(page.signal);
  const box = problemBox();
  const reach = contact();
  const where = addressPart(saved);
  const note = field({ name: 'note', label: 'A note for us', control: h('textarea', { rows: 3, maxlength: 500 }), optional: true, wide: true });
  const button = h('button', { class: 'button primary large full', type: 'submit' });
  const label = () => { button.textContent = `Place order · ${totals(cart.lines())}`; };
  const seen = summary(() => {
    if (cart.lines().length === 0) nothingToOrder(page);
    else { seen.draw(); label(); box.hide(); button.focus(); announce(`The total is now ${totals(cart.lines())}.`); }
  });
  label();
  const form = h('form', { class: 'checkout', novalidate: true },
    h('div', { class: 'checkout-fields' }, h('h1', { tabindex: -1 }, 'Checkout'),
      h('section', null, h('h2', null, 'How to reach you'), reach.node),
      h('section', null, h('h2', null, 'Where it goes'), where.node),
      h('section', null, h('h2', null, 'Anything else?'), note.node)),
    h('div', { class: 'checkout-side' }, seen.node, box.node, button, h('p', { class: 'small muted' }, 'You pay in the next step. We hold your items meanwhile.')));
  onSubmit(form, button, () => submit({ box, reach, where, note, seen, label, signal: page.signal }));
  page.put(form);
  page.ready();
  const words = await bringUpToDate();
  if (page.signal.aborted || words.length === 0) return;
  seen.draw();
  label();
  box.show(words.map((text) => h('p', null, text)));
}

async function submit({ box, reach, where, note, seen, label, signal }) {
  box.hide();
  const fields = [...reach.fields, ...where.fields(), note];
  if (!check(fields)) return;
  const lines = cart.lines();
  const address = where.value();
  try {
    const placed = await place(lines, bodyOf(lines, address, reach.value, note.value));
    if (where.remember()) await call('POST', '/v1/me/addresses', { as: 'account', key: newKey(), body: address }).catch(() => {});
    if (!signal.aborted) goInstead(`#/orders/${placed.order_id}`);
  } catch (problem) {
    if (signal.aborted) return;
    await refused(problem, lines, fields, box, seen);
    label();
  }
}
