/* The form of a flash sale: to schedule one, and to change one. Times are typed in the time of whoever types, and sent as UTC. */

import { get, withQuery } from '../api.js';
import { announce, h, uid } from '../dom.js';
import { field, whileBusy } from '../form.js';
import { fromMinor, money, toMinor } from '../money.js';
import { choiceWords } from '../parts.js';
import { action } from './staff_action.js';

const FOUND_MAX = 5;
const OPEN_TOO = ['title', 'units', 'per_account', 'ends_at', 'challenge_bits', 'admit_per_s', 'attempts_per_min', 'requests_per_s', 'orders_per_s']; // may change once units are in its pool
const USUAL = { per_account: 1, waiting_room: true, challenge_bits: 0, admit_per_s: 200, attempts_per_min: 120, requests_per_s: 100_000, orders_per_s: 2000 };

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/* '2026-01-31T10:00:00' of here for a time in UTC. */
function local(text) {
  if (!text) return '';
  const time = new Date(text);
  return new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const utc = (text) => new Date(text).toISOString();

/* A field that knows how its text is sent. */
const sending = (sent, made) => Object.assign(made, { sent });

function number(name, label, value, [min, max], more) {
  const rule = (text) => (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max ? null : `A number from ${min} to ${max}, please.`);
  return sending(Number, field({ name, label, value, inputmode: 'numeric', autocomplete: 'off', maxlength: 8, rule, ...more }));
}

const time = (name, label, value, more) => sending(utc, field({ name, label, type: 'datetime-local', step: 1, value: local(value), ...more }));

function tick(name, label, value) {
  const input = h('input', { type: 'checkbox', id: uid(name), checked: value });
  return { name, input, node: h('p', { class: 'tick' }, input, h('label', { for: input.id }, label)), get value() { return input.checked; }, sent: (checked) => checked, wrong: () => null, mark: () => {} };
}

/* The fields of a sale as it is, or of a new one; `sku()` is what is sold. */
function fieldsOf(sale, sku) {
  const at = { ...USUAL, ...sale };
  const price = sending((text) => Number(toMinor(text, sku().currency)), field({ name: 'price', label: `Price of one${sale ? `, in ${sale.currency}` : ''}`, inputmode: 'decimal', autocomplete: 'off', maxlength: 14, value: sale ? fromMinor(sale.price, sale.currency) : '',
    rule: (text) => (toMinor(text, sku()?.currency ?? 'USD') === '' ? 'An amount, please.' : null) }));
  const starts = time('starts_at', 'Begins', at.starts_at, { hint: `Your time, ${zone}.` });
  const made = [
    sending(String, field({ name: 'title', label: 'Title', maxlength: 190, wide: true, value: at.title, hint: 'Buyers read this.' })),
    price,
    number('units', 'Units', at.units ?? '', [1, 10_000_000]),
    number('per_account', 'Units one buyer may have', at.per_account, [1, 1000]),
    starts,
    time('ends_at', 'Ends', at.ends_at, { rule: (text) => (starts.value && text <= starts.value ? 'After the sale begins, please.' : null) }),
    time('queue_opens_at', 'The queue opens', at.queue_opens_at, { optional: true, hint: 'Units leave the stock then. Ten minutes before the beginning when empty.', rule: (text) => (starts.value && text > starts.value ? 'Not after the sale begins, please.' : null) }),
  ];
  const room = tick('waiting_room', 'With a waiting room: buyers are let in one after the other', at.waiting_room);
  const limits = [
    number('challenge_bits', 'Challenge', at.challenge_bits, [0, 24], { hint: '0: none. Each one more doubles the work of a buyer’s browser.' }),
    number('admit_per_s', 'Buyers let in each second', at.admit_per_s, [1, 100_000]),
    number('attempts_per_min', 'Tries of one buyer each minute', at.attempts_per_min, [6, 100_000]),
    number('requests_per_s', 'Tries of all together each second', at.requests_per_s, [1, 10_000_000]),
    number('orders_per_s', 'Orders each shard is given each second', at.orders_per_s, [1, 100_000]),
  ];
  return { made, room, limits };
}

const nodesOf = ({ made, room, limits }, before) => [before, h('div', { class: 'fields' }, made.map((one) => one.node)), room?.node, h('h3', null, 'Limits'), h('div', { class: 'fields' }, limits.map((one) => one.node))].filter(Boolean);

/* Words → SKUs to choose from. `picked(sku)` is told of the choice. */
function skuPicker(picked) {
  let chosen = null;
  const find = field({ name: 'sku_id', label: 'What is sold', wide: true, autocomplete: 'off', maxlength: 100, hint: 'Words of its title. Find it, then choose it.' });
  const told = h('p', { class: 'error', role: 'alert' });
  const list = h('div');
  const button = h('button', { type: 'button', class: 'button' }, 'Find it');
  const name = uid('sku');
  const choice = (product, sku) => {
    const id = uid('sku');
    const choose = () => { chosen = { ...sku, currency: sku.currency ?? product.currency }; find.mark(null); picked(chosen); };
    return h('div', { class: 'choice' }, h('input', { type: 'radio', name, id, onchange: choose }),
      h('label', { for: id }, h('strong', null, product.title), ' ', h('span', { class: 'muted' }, [choiceWords(sku.options.join(' / ')), money(sku.price, sku.currency)].filter(Boolean).join(' · '))));
  };
  const search = () => whileBusy(button, told, async () => {
    const { items } = await get(withQuery('/v1/search', { q: find.value, limit: FOUND_MAX }));
    const products = await Promise.all(items.map((item) => get(`/v1/products/${item.product_id}`)));
    const found = products.flatMap((product) => product.skus.filter((sku) => (sku.state ?? 'active') === 'active').map((sku) => choice(product, sku)));
    list.replaceChildren(h('fieldset', { class: 'saved' }, h('legend', { class: 'hidden' }, 'What is sold'), found));
    if (found.length === 0) told.textContent = 'Nothing is called like that.';
    else announce(`${found.length} found.`);
  });
  button.addEventListener('click', () => (find.value ? search() : find.mark('Please type some words first.')));
  find.input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault(); // the sale is not scheduled by it
    button.click();
  });
  const node = h('div', { class: 'sku-picker' }, h('div', { class: 'sku-find' }, find.node, button), told, list);
  return { field: Object.assign(find, { wrong: () => (chosen ? null : 'Please find it, and choose it below.') }), node, get chosen() { return chosen; } };
}

/* `done(words, sale)` is called with the sale that was made. */
export function newSaleForm(done) {
  const picker = skuPicker((sku) => { fields.made.find((one) => one.name === 'price').node.querySelector('label').textContent = `Price of one, in ${sku.currency}`; });
  const fields = fieldsOf(null, () => picker.chosen);
  const all = [picker.field, ...fields.made, ...fields.limits];
  const sent = [...fields.made, fields.room, ...fields.limits];
  return action({
    fields: all, nodes: nodesOf(fields, picker.node), text: 'Schedule the sale', path: '/v1/admin/flash', done, words: 'The sale is scheduled.',
    body: () => ({ sku_id: picker.chosen.sku_id, ...Object.fromEntries(sent.filter((one) => one.value !== '').map((one) => [one.name, one.sent(one.value)])) }),
  });
}

/* Only what was changed is sent. */
export function changeSaleForm(sale, etag, done) {
  const all = fieldsOf(sale, () => sale);
  const may = (one) => sale.state === 'scheduled' || OPEN_TOO.includes(one.name);
  const fields = { made: all.made.filter(may), room: may(all.room) ? all.room : null, limits: all.limits.filter(may) };
  const sent = [...fields.made, fields.room, ...fields.limits].filter(Boolean);
  const before = new Map(sent.map((one) => [one, one.value]));
  return action({
    fields: [...fields.made, ...fields.limits], nodes: nodesOf(fields), text: 'Change the sale', quiet: true, method: 'PATCH', path: `/v1/admin/flash/${sale.sale_id}`, etag, done, words: 'The sale is changed.',
    body: () => Object.fromEntries(sent.filter((one) => one.value !== before.get(one) && one.value !== '').map((one) => [one.name, one.sent(one.value)])),
  });
}
