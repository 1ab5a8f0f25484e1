/* What buyers send back: the list, and what staff does with one on the page of its order. */

import { call, get, newKey, withQuery } from '../api.js';
import { h } from '../dom.js';
import { field } from '../form.js';
import { fromMinor, money, toMinor, when } from '../money.js';
import { choiceWords, loading, skeleton } from '../parts.js';
import { ended, itemWords } from '../returns.js';
import { staffReturnWords, wishWords } from '../words.js';
import { admitted, AS, frame, growing, may } from './staff.js';
import { action, press } from './staff_action.js';

const PER_PAGE = 30;
const CHOICES = [['REQUESTED', 'To decide'], ['APPROVED', 'On their way back'], ['RECEIVED', 'To settle'], ['', 'All']];
const badge = ({ text, mood }) => h('span', { class: `state ${mood}` }, text);
const at = (one, step) => `/v1/admin/returns/${one.return_id}/${step}`;

function deciding(one, done) {
  if (!may('support', 'admin')) return [h('p', { class: 'muted' }, 'Waits for support to decide.')];
  const where = field({ name: 'note', label: 'What the buyer is told', optional: true, maxlength: 500, wide: true, hint: 'Where to send it, and how. It goes by mail, too.' });
  const why = field({ name: 'note', label: 'Why not', maxlength: 500, wide: true, hint: 'The buyer reads this.' });
  return [
    action({ fields: [where], text: 'Let it come back', path: at(one, 'approve'), done, words: 'The buyer may send it.', body: () => (where.value ? { note: where.value } : {}) }),
    h('details', null, h('summary', null, 'Refuse it'), action({ fields: [why], text: 'Refuse the return', quiet: true, path: at(one, 'reject'), done, words: 'The return is refused.', body: () => ({ note: why.value }) })),
  ];
}

function receiving(one, done) {
  if (!may('merchant', 'admin')) return [h('p', { class: 'muted' }, 'Waits for the parcel.')];
  const upTo = (max, text) => (/^\d+$/.test(text) && Number(text) <= max ? null : `A number from 0 to ${max}, please.`);
  const rows = one.items.map((item) => {
    const came = field({ name: `received-${item.line}`, label: 'Came', inputmode: 'numeric', maxlength: 4, value: item.qty, autocomplete: 'off', rule: (text) => upTo(item.qty, text) });
    const good = field({ name: `sellable-${item.line}`, label: 'Can be sold again', inputmode: 'numeric', maxlength: 4, value: item.qty, autocomplete: 'off', rule: (text) => upTo(Math.min(item.qty, Number(came.value) || 0), text) });
    return { item, came, good, node: h('fieldset', { class: 'saved counted' }, h('legend', null, `${item.qty}\u00a0×\u00a0${item.title}`, choiceWords(item.options_text) && ` · ${item.options_text}`), h('div', { class: 'fields' }, came.node, good.node)) };
  });
  return [action({
    nodes: rows.map((row) => row.node), fields: rows.flatMap((row) => [row.came, row.good]), text: 'It is here', path: at(one, 'receive'), done, words: 'What can be sold again is on the shelf.',
    body: () => ({ items: rows.map(({ item, came, good }) => ({ line: item.line, received: Number(came.value), sellable: Number(good.value) })) }),
  })];
}

function settling(one, order, done) {
  if (!may('support', 'admin')) return [h('p', { class: 'muted' }, 'Waits for support to settle it.')];
  const told = h('p', { class: 'error', role: 'alert' });
  const left = (order.payment?.paid ?? 0) - (order.payment?.refunding ?? 0) - (order.payment?.refunded ?? 0);
  const most = Math.max(0, Math.min(one.amount, left));
  const came = one.items.some((item) => item.received > 0);
  const anew = press('Send the same again', async () => {
    await call('POST', at(one, 'replace'), { ...AS, key: newKey() });
    await done('Another one is being packed.');
  }, told, one.resolution === 'replacement');
  const amount = field({ name: 'amount', label: `Amount (at most ${money(most, order.currency)})`, inputmode: 'decimal', maxlength: 14, value: fromMinor(most, order.currency), autocomplete: 'off',
    rule: (text) => (toMinor(text, order.currency) !== '' && Number(toMinor(text, order.currency)) <= most ? null : `An amount up to ${money(most, order.currency)}, please.`) });
  const pay = action({ fields: most > 0 ? [amount] : [], text: most > 0 ? 'Give the money back' : 'Close it: nothing goes back', quiet: one.resolution === 'replacement', path: at(one, 'refund'), done, words: most > 0 ? 'The money is on its way back.' : 'The return is closed.',
    body: () => ({ amount: most > 0 ? Number(toMinor(amount.value, order.currency)) : 0 }) });
  return one.resolution === 'replacement' ? [came && h('div', null, anew, told), h('details', null, h('summary', null, 'Give money back instead'), pay)]
    : [pay, came && h('details', null, h('summary', null, 'Send the same again instead'), anew, told)];
}

const NEXT = { REQUESTED: deciding, APPROVED: receiving, RECEIVED: (one, done, order) => settling(one, order, done) };

/* One return on the page of its order, with what can be done. */
export function returnItem(one, order, done) {
  return h('li', { class: 'parcel return-item' },
    h('p', null, badge(staffReturnWords(one.state)), ` ${when(one.created_at)}`),
    h('p', null, h('strong', null, itemWords(one))),
    h('p', { class: 'muted' }, [wishWords(one.resolution), money(one.amount, order.currency)].join(' · ')),
    one.reason && h('p', { class: 'said' }, h('span', { class: 'muted' }, 'The buyer says: '), one.reason),
    one.note && h('p', { class: 'said' }, h('span', { class: 'muted' }, 'We said: '), one.note),
    one.received_at && h('p', { class: 'muted' }, one.items.map((item) => `${item.received} of ${item.qty} came, ${item.sellable} can be sold again`).join('; ')),
    NEXT[one.state]?.(one, done, order));
}

export const open = (order) => (order.returns ?? []).filter((one) => !ended(one));
export const past = (order) => (order.returns ?? []).filter(ended);

function row(one) {
  return h('li', { class: 'order-row' },
    h('div', null, h('a', { class: 'order-link', href: `#/staff/orders/${one.order_id}` }, itemWords(one)),
      one.reason && h('p', { class: 'muted' }, one.reason), h('p', { class: 'muted small' }, `${when(one.created_at)} · ${wishWords(one.resolution)} · Order ${one.order_id}`)),
    badge(staffReturnWords(one.state)), h('strong', { class: 'order-total' }, money(one.amount, one.currency)));
}

/* "#/staff/returns", "#/staff/returns?state=…": those that wait for a decision, unless another state is asked for. */
export async function staffReturns(page) {
  page.title('Returns');
  if (!admitted(page, 'merchant', 'support', 'admin')) return;
  const { query, signal } = page;
  const state = query.has('state') ? query.get('state') : may('support', 'admin') ? 'REQUESTED' : 'APPROVED';
  page.put(loading('Loading returns', h('div', { class: 'narrow' }, skeleton('row-shape', 5))));
  const load = (cursor) => get(withQuery('/v1/admin/returns', { state, limit: PER_PAGE, cursor }), { ...AS, signal });
  const [list, first] = await growing(load, row, 'Nothing here.', signal);
  const choices = h('ul', { class: 'chips staff-choices' }, CHOICES.map(([value, text]) => h('li', null, h('a', { class: 'chip', href: `#/staff/returns?state=${value}`, 'aria-current': value === state ? 'true' : null }, text))));
  page.put(frame('Returns', h('nav', { 'aria-label': 'Which returns' }, choices),
    first.away?.length > 0 && h('p', { class: 'notice', role: 'status' }, 'A part of the shop did not answer in time, so returns may be missing here. Please look again in a moment.'), list));
  page.ready();
}
