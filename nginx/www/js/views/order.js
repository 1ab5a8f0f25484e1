/* One order: what it holds, where it stands, paying, cancelling. While something may still happen it looks again by itself. */

import { call, get, newKey, pause } from '../api.js';
import { addressLines } from '../address.js';
import { announce, h, icon } from '../dom.js';
import { problemBox, setBusy, tell, whileBusy } from '../form.js';
import { forget, read, write } from '../keep.js';
import { money, timeOfDay, when } from '../money.js';
import { choiceWords, loading, picture, skeleton, sure } from '../parts.js';
import { ended, itemWords, returnable, withdrawable } from '../returns.js';
import * as session from '../session.js';
import { eventWords, failureWords, parcelWords, refundWords, returnWords, stateWords } from '../words.js';
import { stateBadge } from './orders.js';
import { sums } from './summary.js';

const LOOKS_MS = [1000, 1500, 2000, 3000, 4000, 6000, 8000, 10_000];
const LOOKING_MS_MAX = 15 * 60_000;

const PAYABLE = ['PENDING_PAYMENT', 'CLOSING'];
const ENDED = ['CLOSED', 'COMPLETED', 'CANCELLED', 'REJECTED'];
const WAY = ['PENDING_PAYMENT', 'PAID', 'SHIPPED', 'DELIVERED']; // what most orders go through

const payable = (order) => PAYABLE.includes(order.state);
const refunding = (order) => (order.refunds ?? []).some((refund) => refund.state === 'REQUESTED' || refund.state === 'SUBMITTED');
const sendingBack = (order) => (order.returns ?? []).some((one) => !ended(one));
const moving = (order) => !ENDED.includes(order.state) || refunding(order) || sendingBack(order);
const openAttempt = (payment) => ['CREATED', 'SUBMITTED', 'AUTHORISED'].includes(payment.state);

/* An attempt to pay keeps its key until it has ended, so that pressing the button again leads to the same payment. */
function attemptKey(order) {
  const name = `pay.${order.order_id}`;
  const ended = order.payments.filter((payment) => !openAttempt(payment)).length;
  const kept = read(name, null);
  if (kept?.ended === ended) return kept.key;
  const key = newKey();
  write(name, { key, ended });
  return key;
}

/* Only to a payment page over https, or of this very host. */
function payUrl(text) {
  const url = new URL(text, location.href);
  if (url.protocol !== 'https:' && url.origin !== location.origin) throw new TypeError('the payment page is not safe to open');
  return url.href;
}

const HEADLINES = {
  PENDING_PAYMENT: 'Almost yours',
  CLOSING: 'One moment',
  CLOSED: 'This order is closed',
  PAID: 'Thank you. It is paid.',
  ON_HOLD: 'We are having a look',
  PARTIALLY_SHIPPED: 'The first part is on its way',
  SHIPPED: 'It is on its way',
  DELIVERED: 'It has arrived',
  COMPLETED: 'All done. Enjoy it.',
  CANCELLING: 'Being cancelled',
  CANCELLED: 'This order is cancelled',
};

function explain(order) {
  switch (order.state) {
    case 'PENDING_PAYMENT': return `We hold everything for you until ${timeOfDay(order.expires_at)}. Please pay by then.`;
    case 'CLOSING': return 'The order is being closed. We are checking with the payment provider that no payment is under way.';
    case 'CLOSED': return 'It was not paid, so its items went back on the shelf. You can order them again any time.';
    case 'PAID': return order.email ? `We keep ${order.email} up to date.` : 'We are packing it now, or would be if this shop were real.';
    case 'ON_HOLD': return 'Somebody of the shop looks at the order before it is packed. You need not do anything.';
    case 'PARTIALLY_SHIPPED': return 'The rest follows in another parcel.';
    case 'SHIPPED': return 'Please tell us when everything is there.';
    case 'DELIVERED': return 'Is everything as it should be?';
    case 'CANCELLING': return 'We are sending your money back. As soon as it is there, the order is cancelled.';
    case 'CANCELLED': return (order.payment?.refunded ?? 0) > 0 ? `You got ${money(order.payment.refunded, order.currency)} back.` : 'Nothing is left to do.';
    default: return '';
  }
}

/* What the last attempt to pay came to, where it failed and another one can be made. */
function failure(order) {
  const last = order.payments.at(-1);
  return order.state === 'PENDING_PAYMENT' && last?.state === 'FAILED' ? h('p', { class: 'notice bad' }, failureWords(last.reason)) : null;
}

function lineRow(line, currency) {
  return h('li', { class: 'line' },
    picture(line.image_url, '', { size: 96 }),
    h('div', { class: 'line-text' }, h('a', { href: `#/products/${line.product_id}` }, line.title),
      h('p', { class: 'muted' }, [choiceWords(line.options_text), `${line.qty}\u00a0×\u00a0${money(line.unit_price, currency)}`, line.cancelled > 0 && `${line.cancelled} could not be sent`].filter(Boolean).join(' · '))),
    h('p', { class: 'line-sum' }, money(line.total, currency)));
}

function timeline(events) {
  return h('ol', { class: 'timeline' }, [...events].reverse().map((event) => h('li', null, h('span', null, eventWords(event)), h('time', { datetime: event.at, class: 'muted' }, when(event.at)))));
}

/* How far it has come; nothing for an order that leaves this way. */
function steps(order) {
  const reached = { PARTIALLY_SHIPPED: 'SHIPPED', COMPLETED: 'DELIVERED', ON_HOLD: 'PAID' }[order.state] ?? order.state;
  const at = WAY.indexOf(reached);
  if (at < 0) return '';
  return h('ol', { class: 'steps', 'aria-label': 'How far it has come' }, ['Ordered', 'Paid', 'On its way', 'Arrived'].map((text, n) => h('li', { class: n <= at ? 'done' : '', 'aria-current': n === at ? 'step' : null }, text)));
}

const badge = ({ text, mood }) => h('span', { class: `state ${mood}` }, text);

function parcels(order) {
  const shown = (order.shipments ?? []).filter((parcel) => parcel.state !== 'CANCELLED');
  return shown.map((parcel) => h('li', { class: 'parcel' },
    h('p', null, badge(parcelWords(parcel.state)), ' ', parcel.delivered_at ? when(parcel.delivered_at) : parcel.shipped_at ? when(parcel.shipped_at) : ''),
    (parcel.carrier || parcel.tracking) && h('p', null, [parcel.carrier, parcel.tracking].filter(Boolean).join(' · ')),
    shown.length > 1 && h('p', { class: 'muted' }, parcel.items.map((item) => `${item.qty}\u00a0×\u00a0${item.title}`).join(', '))));
}

function refunds(order) {
  return (order.refunds ?? []).map((refund) => h('li', { class: 'parcel' },
    h('p', null, badge(refundWords(refund.state)), ' ', h('strong', null, money(refund.amount, order.currency))), refund.reason && h('p', { class: 'muted' }, refund.reason)));
}

const BACK = { REQUESTED: 0, APPROVED: 1, RECEIVED: 2 };

/* What happens next with a return. */
function returnNext(one, currency) {
  switch (one.state) {
    case 'REQUESTED': return 'We are looking at it and answer soon.';
    case 'APPROVED': return one.note ? null : 'Please pack it well and send it to us.';
    case 'RECEIVED': return one.resolution === 'replacement' ? 'It is here. We are packing another one for you.' : 'It is here. Your money follows.';
    case 'REFUNDED': return one.amount > 0 ? `${money(one.amount, currency)} go back to you.` : 'Nothing was left to pay back.';
    case 'REPLACED': return 'Another one is in a parcel for you.';
    default: return null;
  }
}

/* How far a return has come, while it is under way. */
function backSteps(one) {
  const at = BACK[one.state];
  if (at === undefined) return null;
  const names = ['Asked', 'On its way back', 'Here', one.resolution === 'replacement' ? 'New one sent' : 'Money back'];
  return h('ol', { class: 'steps', 'aria-label': 'How far the return has come' }, names.map((text, n) => h('li', { class: n <= at ? 'done' : '', 'aria-current': n === at ? 'step' : null }, text)));
}

/* A button with which the buyer keeps what is to go back, as long as it has not come in. */
function keeping(one, as, refresh) {
  if (!withdrawable(one)) return null;
  const told = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { class: 'button', type: 'button' }, 'Keep it after all');
  const key = newKey();
  button.addEventListener('click', () => whileBusy(button, told, async () => {
    await call('POST', `/v1/orders/${one.order_id}/returns/${one.return_id}/withdraw`, { as, key });
    announce('You keep it. Nothing goes back.');
    await refresh();
  }));
  return h('div', { class: 'actions' }, button, told);
}

function returns(order, as, refresh) {
  return (order.returns ?? []).map((one) => h('li', { class: 'parcel' },
    h('p', null, badge(returnWords(one.state)), ' ', when(one.created_at)),
    h('p', null, itemWords(one)),
    !ended(one) && one.resolution === 'refund' && h('p', { class: 'muted' }, `You get ${money(one.amount, order.currency)} back.`),
    !ended(one) && one.resolution === 'replacement' && h('p', { class: 'muted' }, 'You get the same again.'),
    backSteps(one),
    [returnNext(one, order.currency)].filter(Boolean).map((text) => h('p', null, text)),
    one.note && h('p', { class: 'said' }, h('span', { class: 'muted' }, 'The shop says: '), one.note),
    keeping(one, as, refresh)));
}

/* A part that is there when it has something in it. */
function part(title) {
  const list = h('ul');
  const node = h('section', { class: 'panel', hidden: true }, h('h2', null, title), list);
  return { node, show(rows) { node.hidden = rows.length === 0; list.replaceChildren(...rows); } };
}

/* The buttons: pay, cancel, all has arrived. They live in one node for as long as the view does, so that looking again never takes the focus away. */
function actions(as, box, refresh, signal) {
  let order = null;
  const pay = h('button', { class: 'button primary large', type: 'button' });
  const got = h('button', { class: 'button primary', type: 'button' }, 'Everything is here');
  const cancel = h('button', { class: 'button quiet', type: 'button' }, 'Cancel the order');
  const back = h('a', { class: 'button' }, 'Send something back');
  const node = h('div', { class: 'actions' }, pay, got, back, cancel);

  async function run(button, work) {
    if (button.getAttribute('aria-disabled')) return;
    setBusy(button, true);
    box.hide();
    try {
      await work();
    } catch (problem) {
      if (!signal.aborted) tell(problem, [], box);
      if (problem.code === 'order.state' || problem.code === 'payment.state') await refresh();
    } finally {
      setBusy(button, false);
    }
  }
  pay.addEventListener('click', () => run(pay, async () => {
    const { data } = await call('POST', `/v1/orders/${order.order_id}/payments`, { as, key: attemptKey(order), body: { channel: 'sandbox' }, signal });
    location.assign(payUrl(data.pay_url));
    await pause(3000, signal); // stay busy until the other page is there
  }));
  got.addEventListener('click', () => run(got, async () => {
    await call('POST', `/v1/orders/${order.order_id}/confirm-receipt`, { as, key: newKey(), signal });
    announce('Thank you. The order is complete.');
    await refresh();
  }));
  cancel.addEventListener('click', async () => (await sureToCancel(order)) && run(cancel, async () => {
    const { data } = await call('POST', `/v1/orders/${order.order_id}/cancel`, { as, key: newKey(), signal });
    forget(`pay.${data.order_id}`);
    announce('The order is being cancelled.');
    await refresh();
  }));
  return {
    node,
    show(next) {
      order = next;
      pay.hidden = next.state !== 'PENDING_PAYMENT';
      cancel.hidden = next.state !== 'PENDING_PAYMENT' && !(next.payment && ['PAID', 'ON_HOLD'].includes(next.state));
      got.hidden = !['SHIPPED', 'DELIVERED'].includes(next.state);
      back.hidden = returnable(next).length === 0;
      back.href = `#/orders/${next.order_id}/return`;
      node.hidden = pay.hidden && cancel.hidden && got.hidden && back.hidden;
      pay.textContent = `Pay ${money(next.total, next.currency)}`;
    },
  };
}

const sureToCancel = (order) => sure({
  title: 'Cancel this order?', keep: 'Keep it', end: 'Cancel the order',
  text: order.state === 'PENDING_PAYMENT' || order.total === 0 ? 'The items go back on the shelf.' : `You get ${money(order.total, order.currency)} back, and the items go back on the shelf.`,
});

/* Fixed frame of the view; `show` fills it. */
function frame(as, refresh, signal) {
  const box = problemBox();
  const title = h('h1', { tabindex: -1 });
  const state = h('div', { role: 'status', class: 'order-state' });
  const buttons = actions(as, box, refresh, signal);
  const lines = h('ul', { class: 'lines' });
  const costs = h('div', { class: 'costs' });
  const happened = h('div');
  const where = h('div');
  const way = h('div');
  const parcelPart = part('Parcels');
  const returnPart = part('Returns');
  const refundPart = part('Money back');
  const number = h('p', { class: 'muted order-number' });
  const node = h('div', { class: 'order' },
    h('nav', { class: 'crumbs', 'aria-label': 'Where you are' }, h('a', { href: '#/orders' }, icon('back'), 'Your orders')),
    h('section', { class: 'order-head' }, number, title, state, way, box.node, buttons.node),
    h('div', { class: 'order-parts' },
      h('div', { class: 'order-side' },
        h('section', { class: 'panel' }, h('h2', null, 'What you ordered'), lines, costs), returnPart.node, parcelPart.node, refundPart.node),
      h('div', { class: 'order-side' },
        h('section', { class: 'panel' }, h('h2', null, 'What happened'), happened), h('section', { class: 'panel' }, h('h2', null, 'Where it goes'), where))),
    h('p', null, h('a', { class: 'button', href: '#/' }, 'Continue shopping')));
  let shown = '';
  const show = (order, events) => {
    if (order.state !== shown) {
      title.textContent = HEADLINES[order.state] ?? stateWords(order.state).text;
      node.dataset.state = order.state;
    }
    state.replaceChildren(...[stateBadge(order.state), failure(order), h('p', null, explain(order))].filter(Boolean));
    shown = order.state;
    buttons.show(order);
    way.replaceChildren(steps(order));
    parcelPart.show(parcels(order));
    returnPart.show(returns(order, as, refresh));
    refundPart.show(refunds(order));
    number.textContent = `Order ${order.order_id}`;
    lines.replaceChildren(...order.items.map((line) => lineRow(line, order.currency)));
    costs.replaceChildren(...sums({
      items: order.items_total, offers: order.discount_total > 0 ? [{ name: 'Offers', amount: order.discount_total }] : [], ship: order.shipping_method ? order.shipping_total : null,
      tax: order.tax_total, taxIncluded: order.tax_included, currency: order.currency, total: order.total,
    }).filter(Boolean));
    happened.replaceChildren(timeline(events));
    where.replaceChildren(addressLines(order.address), order.note ? h('p', { class: 'note' }, h('span', { class: 'muted' }, 'Your note: '), order.note) : '');
  };
  return { node, show, box };
}

/* "#/orders/<id>". */
export async function order(page) {
  const id = page.parameters[0];
  const as = session.orderOwner(id);
  page.title('Your order');
  page.put(loading('Loading the order', h('div', { class: 'order' }, skeleton('row-shape', 4))));
  const path = `/v1/orders/${id}`;
  let etag = null;
  let now = null;

  async function refresh() {
    const answer = await call('GET', path, { as, etag, signal: page.signal });
    if (answer.status === 304) return;
    const events = await get(`${path}/events`, { as, signal: page.signal });
    etag = answer.etag;
    now = answer.data;
    if (!payable(now)) forget(`pay.${id}`);
    if (refunding(now)) etag = null; // a refund moves without its order
    view.show(now, events.items);
  }

  const view = frame(as, refresh, page.signal);
  await refresh();
  page.put(view.node);
  page.ready();
  await lookAgain(refresh, () => moving(now), page.signal);
}

/* Gently: less and less often, not while the page is hidden, and not for ever. */
async function lookAgain(refresh, unfinished, signal) {
  const until = Date.now() + LOOKING_MS_MAX;
  for (let n = 0; unfinished() && Date.now() < until && !signal.aborted; n++) {
    await pause(LOOKS_MS[Math.min(n, LOOKS_MS.length - 1)], signal).catch(() => {});
    if (signal.aborted || document.hidden) continue;
    await refresh().catch((problem) => { if (problem.status === 401 || problem.status === 404) throw problem; });
  }
}
