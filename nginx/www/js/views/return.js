/* Asking to send something of an order back: what, what for, and why. */

import { call, get, newKey } from '../api.js';
import { announce, h, icon, toast, uid } from '../dom.js';
import { field, onSubmit, problemBox, tell } from '../form.js';
import { choiceWords, empty, loading, picture, skeleton, stepper } from '../parts.js';
import { returnable } from '../returns.js';
import { goInstead } from '../router.js';
import * as session from '../session.js';

const REASONS = ['It does not fit', 'It is damaged', 'It is not what I expected', 'Something else came', 'I changed my mind'];
const REASON_MAX = 400;

/* One line with a tick and, where there are several units, how many of them. */
function lineChoice({ line, left }, alone) {
  const id = uid('back');
  const tick = h('input', { type: 'checkbox', id, checked: alone });
  const many = left > 1 && stepper({ value: left, max: left, label: `How many of ${line.title}`, iconOf: icon });
  if (many) {
    many.node.hidden = !alone;
    tick.addEventListener('change', () => { many.node.hidden = !tick.checked; });
  }
  return {
    node: h('div', { class: 'choice back-line' }, tick, picture(line.image_url, '', { size: 96 }),
      h('label', { for: id }, h('strong', null, line.title), h('span', { class: 'muted' }, [choiceWords(line.options_text), left > 1 ? `you have ${left}` : ''].filter(Boolean).join(' · '))), many && many.node),
    get item() { return tick.checked ? { line: line.line, qty: many ? many.value : 1 } : null; },
    focus: () => tick.focus(),
  };
}

function wishes() {
  const name = uid('wish');
  const wish = (value, title, text) => {
    const id = uid('wish');
    return h('div', { class: 'choice' }, h('input', { type: 'radio', name, id, value, checked: value === 'refund' }), h('label', { for: id }, h('strong', null, title), h('span', { class: 'muted' }, text)));
  };
  const node = h('fieldset', { class: 'saved wishes' }, h('legend', null, h('h2', null, 'What would you like?')),
    wish('refund', 'My money back', 'What you paid for it, the way you paid. Shipping is not part of it.'), wish('replacement', 'The same again', 'We send you another one as soon as yours is here.'));
  return { node, get value() { return node.querySelector('input:checked').value; } };
}

function askForm(page, order, open) {
  const box = problemBox();
  const lines = open.map((one) => lineChoice(one, open.length === 1));
  const wish = wishes();
  const why = field({ name: 'why', label: 'Why?', optional: true, wide: true, control: h('select', null, h('option', { value: '' }, 'I would rather not say'), REASONS.map((text) => h('option', null, text))) });
  const more = field({ name: 'reason', label: 'Anything we should know', optional: true, wide: true, control: h('textarea', { rows: 3, maxlength: REASON_MAX }) });
  const none = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { class: 'button primary large', type: 'submit' }, 'Ask for the return');
  const form = h('form', { class: 'form', novalidate: true }, box.node,
    h('fieldset', { class: 'saved' }, h('legend', null, h('h2', null, 'What goes back?')), lines.map((one) => one.node), none),
    wish.node, h('div', { class: 'fields' }, why.node, more.node),
    h('div', { class: 'actions' }, button, h('a', { class: 'button quiet', href: `#/orders/${order.order_id}` }, 'Keep everything')));
  form.addEventListener('change', () => { none.textContent = ''; });
  let key = newKey();
  let sent = '';
  onSubmit(form, button, async () => {
    box.hide();
    const items = lines.map((one) => one.item).filter(Boolean);
    if (items.length === 0) {
      none.textContent = 'Please tick what you would like to send back.';
      lines[0].focus();
      return;
    }
    const reason = [why.value, more.value].filter(Boolean).join('. ');
    const body = JSON.stringify({ items, resolution: wish.value, ...(reason && { reason }) });
    if (body !== sent) key = newKey();
    sent = body;
    try {
      await call('POST', `/v1/orders/${order.order_id}/returns`, { as: session.orderOwner(order.order_id), key, body, signal: page.signal });
      toast('We have your request and answer soon.');
      goInstead(`#/orders/${order.order_id}`);
    } catch (problem) {
      if (!page.signal.aborted) tell(problem, [more], box);
    }
  });
  return form;
}

/* "#/orders/<id>/return". */
export async function askReturn(page) {
  const id = page.parameters[0];
  page.title('Send something back');
  page.put(loading('Loading the order', h('div', { class: 'narrow' }, skeleton('row-shape', 3))));
  const order = await get(`/v1/orders/${id}`, { as: session.orderOwner(id), signal: page.signal });
  const open = returnable(order);
  if (open.length === 0) {
    page.put(empty('Nothing to send back', 'What has not been sent yet cannot come back, and what is on its way back is under way already.', h('a', { class: 'button primary', href: `#/orders/${id}` }, 'To the order')));
    page.ready();
    announce('There is nothing to send back.');
    return;
  }
  page.put(h('div', { class: 'narrow send-back' },
    h('nav', { class: 'crumbs', 'aria-label': 'Where you are' }, h('a', { href: `#/orders/${id}` }, icon('back'), 'The order')),
    h('h1', { tabindex: -1 }, 'Send something back'),
    h('p', { class: 'muted' }, 'Tell us what it is about. We look at it, tell you where to send it, and see to the rest when it is here.'),
    askForm(page, order, open)));
  page.ready();
}
