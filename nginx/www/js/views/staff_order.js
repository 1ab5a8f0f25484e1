/* One order as the shop's staff works on it: packing, sending, holding, giving money back, cancelling, returns. */

import { call, get, newKey } from '../api.js';
import { addressLines } from '../address.js';
import { announce, h, icon, uid } from '../dom.js';
import { field } from '../form.js';
import { fromMinor, money, toMinor, when } from '../money.js';
import { choiceWords, loading, skeleton } from '../parts.js';
import { channelWords, parcelWords, paymentWords, staffEventWords, staffRefundWords } from '../words.js';
import { stateBadge } from './orders.js';
import { admitted, AS, frame, may } from './staff.js';
import { action, press } from './staff_action.js';
import { open, past, returnItem } from './staff_returns.js';

const PACKABLE = ['PAID', 'PARTIALLY_SHIPPED'];
const badge = ({ text, mood }) => h('span', { class: `state ${mood}` }, text);

/* Units of a line that are in no parcel yet. */
const leftOf = (order, line) => line.qty - (order.shipments ?? []).filter((parcel) => parcel.state !== 'CANCELLED' && !parcel.return_id)
  .flatMap((parcel) => parcel.items).filter((item) => item.line === line.line).reduce((n, item) => n + item.qty, 0);

function packing(order, done) {
  const open = order.items.map((line) => ({ line, left: leftOf(order, line) })).filter(({ left }) => left > 0);
  if (!PACKABLE.includes(order.state) || open.length === 0 || !may('merchant', 'admin')) return null;
  const units = open.map(({ line, left }) => field({ name: `qty-${line.line}`, label: `${line.title}${choiceWords(line.options_text) ? `, ${line.options_text}` : ''} (${left} left)`, inputmode: 'numeric', maxlength: 4, value: left, wide: true,
    rule: (text) => (/^\d+$/.test(text) && Number(text) <= left ? null : `A number from 0 to ${left}, please.`) }));
  const carrier = field({ name: 'carrier', label: 'Carrier', optional: true, maxlength: 60, autocomplete: 'off' });
  const tracking = field({ name: 'tracking', label: 'Tracking number', optional: true, maxlength: 60, autocomplete: 'off' });
  return action({
    title: 'Send a parcel', fields: [...units, carrier, tracking], text: 'Packed and sent', path: `/v1/admin/orders/${order.order_id}/shipments`, done, words: 'The parcel is on its way.',
    body: () => ({
      items: open.map(({ line }, n) => ({ line: line.line, qty: Number(units[n].value) })).filter((item) => item.qty > 0),
      ...(carrier.value && { carrier: carrier.value }), ...(tracking.value && { tracking: tracking.value }), shipped: true,
    }),
  });
}

function parcelRow(parcel, done) {
  const told = h('p', { class: 'error', role: 'alert' });
  const to = (state, words) => async () => {
    await call('PATCH', `/v1/admin/shipments/${parcel.shipment_id}`, { ...AS, body: { state } });
    await done(words);
  };
  const can = may('merchant', 'admin');
  return h('li', { class: 'parcel' },
    h('p', null, badge(parcelWords(parcel.state)), ' ', [parcel.carrier, parcel.tracking].filter(Boolean).join(' · ')),
    h('p', { class: 'muted' }, parcel.items.map((item) => `${item.qty}\u00a0×\u00a0${item.title}`).join(', ')),
    can && h('div', { class: 'actions' }, parcel.state === 'READY' && press('It has left', to('SHIPPED', 'The parcel is on its way.'), told), parcel.state === 'READY' && press('Unpack it', to('CANCELLED', 'The parcel was unpacked.'), told),
      parcel.state === 'SHIPPED' && press('It has arrived', to('DELIVERED', 'The parcel has arrived.'), told)), told);
}

function refunding(order, done) {
  const left = (order.payment?.paid ?? 0) - (order.payment?.refunding ?? 0) - (order.payment?.refunded ?? 0);
  if (left <= 0 || !may('support', 'admin')) return null;
  const amount = field({ name: 'amount', label: `Amount (at most ${money(left, order.currency)})`, inputmode: 'decimal', maxlength: 14, value: fromMinor(left, order.currency), autocomplete: 'off',
    rule: (text) => (Number(toMinor(text, order.currency)) > 0 && Number(toMinor(text, order.currency)) <= left ? null : `An amount up to ${money(left, order.currency)}, please.`) });
  const reason = field({ name: 'reason', label: 'Why', hint: 'The buyer reads this.', maxlength: 255, wide: true });
  return action({
    title: 'Give money back', fields: [amount, reason], text: 'Give it back', quiet: true, path: `/v1/admin/orders/${order.order_id}/refunds`, done, words: 'The money is on its way back.',
    body: () => ({ amount: Number(toMinor(amount.value, order.currency)), reason: reason.value }),
  });
}

function holding(order, done) {
  if (!may('support', 'admin')) return null;
  const told = h('p', { class: 'error', role: 'alert' });
  const path = `/v1/admin/orders/${order.order_id}`;
  if (order.state === 'ON_HOLD') {
    return h('div', null, press('Let it go on', async () => {
      await call('POST', `${path}/release`, { ...AS, key: newKey() });
      await done('The order goes on.');
    }, told), told);
  }
  if (order.state !== 'PAID') return null;
  const reason = field({ name: 'reason', label: 'Why', optional: true, maxlength: 500, wide: true });
  return action({ title: 'Hold it back', fields: [reason], text: 'Hold the order', quiet: true, path: `${path}/hold`, done, words: 'The order is on hold.', body: () => (reason.value ? { reason: reason.value } : {}) });
}

/* Money that came past the providers. */
function marking(order, done) {
  if (order.state !== 'PENDING_PAYMENT' || !may('admin')) return null;
  const reference = field({ name: 'reference', label: 'Where the money is found', hint: 'Of the bank statement, the receipt.', maxlength: 64, wide: true, autocomplete: 'off' });
  const note = field({ name: 'note', label: 'Note', optional: true, maxlength: 500, wide: true });
  const shared = h('input', { type: 'checkbox', id: uid('shared') });
  return action({
    title: `${money(order.total, order.currency)} came by transfer or in cash`, fields: [reference, note],
    nodes: [h('div', { class: 'fields' }, reference.node, note.node), h('p', { class: 'tick' }, shared, h('label', { for: shared.id }, 'This money pays other orders, too'))], text: 'Mark as paid', quiet: true, path: `/v1/admin/orders/${order.order_id}/mark-paid`, done, words: 'The order is paid.',
    body: () => ({ reference: reference.value, ...(note.value && { note: note.value }), ...(shared.checked && { reference_again: true }) }),
  });
}

function cancelling(order, done) {
  if (!order.payment || !['PENDING_PAYMENT', 'PAID', 'ON_HOLD'].includes(order.state) || !may('support', 'admin')) return null;
  const reason = field({ name: 'reason', label: 'Why', hint: 'The buyer reads this. What was paid goes back.', maxlength: 255, wide: true });
  return action({ title: 'Cancel it', fields: [reason], text: 'Cancel the order', quiet: true, path: `/v1/admin/orders/${order.order_id}/cancel`, done, words: 'The order is being cancelled.', body: () => ({ reason: reason.value }) });
}

/* What can never be shipped of an order that is on its way already. */
function givingUp(order, done) {
  if (order.state !== 'PARTIALLY_SHIPPED' || !may('support', 'admin')) return null;
  const reason = field({ name: 'reason', label: 'Why', hint: 'The buyer reads this. What was paid for the rest goes back.', maxlength: 255, wide: true });
  return action({ title: 'Give up the rest', fields: [reason], text: 'Cancel what was not sent', quiet: true, path: `/v1/admin/orders/${order.order_id}/cancel-rest`, done, words: 'The rest is cancelled.', body: () => ({ reason: reason.value }) });
}

/* What staff wrote about an event, or which rule made it. */
function internalWords(internal, currency) {
  if (internal?.rule === 'total') return `By rule: more than ${money(internal.above, currency)}`;
  return [internal?.reference, internal?.reason].filter(Boolean).join(' · ');
}

const panel = (title, ...children) => (children.flat().some(Boolean) ? h('section', { class: 'panel' }, h('h2', null, title), children) : null);

function moneyRows(order) {
  const rows = [['Total', order.total], ['Paid', order.payment?.paid], ['Going back', order.payment?.refunding], ['Gone back', order.payment?.refunded]].filter(([title, amount]) => title === 'Total' || amount > 0);
  return [h('dl', { class: 'sums' }, rows.map(([title, amount]) => h('div', { class: 'sum' }, h('dt', null, title), h('dd', null, money(amount, order.currency))))),
    (order.payments ?? []).length > 0 && h('ul', null, order.payments.map((payment) => h('li', { class: 'parcel' }, h('p', null, badge(paymentWords(payment)), ' ', money(payment.amount, order.currency), ` · ${channelWords(payment.channel)}`, payment.decline_code && ` · they say: ${payment.decline_code}`)))),
    (order.refunds ?? []).length > 0 && h('ul', null, order.refunds.map((refund) => h('li', { class: 'parcel' }, h('p', null, badge(staffRefundWords(refund.state)), ' ', money(refund.amount, order.currency), refund.reason ? ` · ${refund.reason}` : ''))))];
}

function draw(order, events, done) {
  const shipments = order.shipments ?? [];
  const items = (list) => list.length > 0 && h('ul', null, list.map((one) => returnItem(one, order, done)));
  return frame(`Order ${order.order_id}`,
    h('div', { class: 'order-state' }, stateBadge(order.state), h('p', { class: 'muted' }, [order.contact_email, when(order.created_at)].filter(Boolean).join(' · '))),
    h('div', { class: 'order-parts' },
      h('div', { class: 'order-side' },
        panel('Coming back', items(open(order))),
        panel('To do', packing(order, done), holding(order, done), marking(order, done), refunding(order, done), cancelling(order, done), givingUp(order, done)),
        panel('What was ordered', h('ul', { class: 'lines' }, order.items.map((line) => h('li', { class: 'parcel' }, h('p', null, `${line.qty}\u00a0×\u00a0${line.title}`, choiceWords(line.options_text) && ` · ${line.options_text}`, line.cancelled > 0 && ` · ${line.cancelled} never sent`), h('p', { class: 'muted' }, money(line.total, order.currency))))), order.note && h('p', { class: 'note' }, `Note: ${order.note}`))),
      h('div', { class: 'order-side' },
        panel('Parcels', shipments.length > 0 && h('ul', null, shipments.map((parcel) => parcelRow(parcel, done)))),
        panel('Came back', items(past(order))),
        panel('Money', moneyRows(order)),
        panel('Where it goes', addressLines(order.address)),
        panel('What happened', h('ol', { class: 'timeline' }, [...events].reverse().map((event) => h('li', null, h('span', null, staffEventWords(event)), internalWords(event.data?.internal, order.currency) && h('span', { class: 'muted' }, internalWords(event.data.internal, order.currency)), h('time', { datetime: event.at, class: 'muted' }, when(event.at)))))))),
    h('p', null, h('a', { class: 'button', href: '#/staff' }, icon('back'), 'All orders')));
}

/* "#/staff/orders/<id>". */
export async function staffOrder(page) {
  const path = `/v1/admin/orders/${page.parameters[0]}`;
  page.title(`Order ${page.parameters[0]}`);
  if (!admitted(page, 'merchant', 'support', 'admin')) return;
  page.put(loading('Loading the order', h('div', { class: 'order' }, skeleton('row-shape', 4))));
  async function refresh(words) {
    const [order, events] = await Promise.all([get(path, { ...AS, signal: page.signal }), get(`${path}/events`, { ...AS, signal: page.signal })]);
    page.put(draw(order, events.items, refresh));
    page.ready();
    if (words) announce(words);
  }
  await refresh();
}
