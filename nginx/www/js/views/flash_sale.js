/* One flash sale: when it begins, the place in the queue, the turn, the order.
 *
 * What a buyer can do now is one of the steps below; it follows from the sale, from what is kept of the buyer's way (seat.js), and from the
 * time. Steps are announced, positions now and then, seconds never.
 */
import { call, get, newKey, pause, Problem } from '../api.js';
import { announce, h, icon } from '../dom.js';
import { check, field, onSubmit, problemBox, tell, whileBusy } from '../form.js';
import { money, when } from '../money.js';
import { choiceWords, loading, picture, skeleton, stepper } from '../parts.js';
import { saleQuote } from '../sale_quote.js';
import { Seat } from '../seat.js';
import * as session from '../session.js';
import { aboutWords, clockWords, learn, now } from '../shop_time.js';
import { problemWords, refusalWords, remainingWords } from '../words.js';
import { saleBadge, salePrice } from './flash.js';
import { sumsOf } from './summary.js';
import { addressPart, savedAddresses, shippingPart } from './where.js';

const LOOK_MS = 5000; // while it runs
const LOOK_MS_MAX = 30_000; // before, and where nobody looks
const SPREAD_MS = 400; // not all at the same moment
const SAY_MS = 30_000; // positions are said as seldom
const SAID_S = [600, 300, 60, 10]; // so long before something begins or ends it is said
const ENDED = ['closed', 'cancelled'];
const GATE = ['queue', 'open', 'sold_out'];
const GONE = ['CLOSED', 'CANCELLED']; // orders after which one may buy again
const FORM = ['waiting', 'turn']; // steps at which it is said where it goes
const NEAR_S = 60; // so long before the turn the price is asked for: not by all that wait at once
const PRICE_MS = 5000; // and so long after there was none

/* The step of a buyer; `doing`: what this tab is about, solving or question. */
function stepOf(sale, kept, doing) {
  const { outcome, ticket, sent, want, seat } = kept;
  if (outcome) return outcome.state;
  if (ticket) return 'making';
  if (sent) return 'sending';
  if (ENDED.includes(sale.state)) return sale.state;
  if (doing && !(want && seat)) return doing;
  if (want && seat?.state === 'admitted') return seat.until > now() ? 'turn' : 'passed';
  if (want) return seat ? 'waiting' : 'joining';
  if (sale.state === 'sold_out') return 'sold_out';
  return sale.state === 'open' || (sale.state === 'queue' && sale.waiting_room) ? 'free' : 'early';
}

/* What the clock counts down to: [words, time]. */
function clockOf(sale, step, kept) {
  if (step === 'turn') return ['Your turn ends in', kept.seat.until];
  if (sale.state === 'scheduled' && sale.waiting_room) return ['The queue opens in', Date.parse(sale.queue_opens_at)];
  if (sale.state === 'scheduled' || sale.state === 'queue') return ['The sale begins in', Date.parse(sale.starts_at)];
  return ENDED.includes(sale.state) ? null : ['The sale ends in', Date.parse(sale.ends_at)];
}

function facts(sale) {
  const fact = (name, text) => h('div', { class: 'sum' }, h('dt', null, name), h('dd', null, text));
  return h('dl', { class: 'sums flash-facts' }, fact('Begins', when(sale.starts_at)), fact('Ends', when(sale.ends_at)), fact('Units', String(sale.units)), fact('For each buyer', sale.per_account === 1 ? 'one' : `up to ${sale.per_account}`));
}

class FlashSale {
  constructor(page, sale, saved) {
    this.page = page;
    this.sale = sale;
    this.doing = null;
    this.shown = '';
    this.saidAt = 0;
    this.priceAgain = 0;
    this.told = h('p', { class: 'error', role: 'alert' });
    this.label = h('span', { class: 'muted' });
    this.clock = h('span', { class: 'flash-clock', role: 'timer' });
    this.counting = h('p', { class: 'flash-counting' }, this.label, ' ', this.clock);
    this.stage = h('div', { class: 'flash-stage' });
    this.state = h('p', { class: 'flash-state' });
    this.where = addressPart(saved, () => this.choose({ place: this.where.place() }));
    this.many = sale.per_account > 1 ? stepper({ value: 1, max: sale.per_account, label: 'How many', iconOf: icon, change: (qty) => this.choose({ qty }) }) : null;
    this.ship = shippingPart((shipping) => this.choose({ shipping }));
    this.costs = h('div', { class: 'costs' }, h('p', { class: 'small muted' }, 'What it comes to with shipping and taxes is shown here when your turn is near.'));
    this.box = problemBox();
    this.button = h('button', { class: 'button primary large full', type: 'submit' });
    this.form = h('form', { class: 'form flash-form', novalidate: true, hidden: true }, h('h2', null, 'Where it goes'), this.where.node,
      this.many && h('div', { class: 'flash-many' }, h('span', { 'aria-hidden': 'true' }, 'How many'), this.many.node), this.ship.node, this.costs, this.box.node, this.button,
      h('p', { class: 'small muted' }, 'You pay in the next step. We hold what you bought meanwhile.'));
    onSubmit(this.form, this.button, () => this.buy());
    this.price = saleQuote({ path: `/v1/flash/${sale.sale_id}`, signal: page.signal, show: (quote, before) => this.priced(quote, before), fail: (problem) => this.unpriced(problem) });
    this.price.note({ place: this.where.place() });
    this.seat = new Seat(sale.sale_id, page.signal, () => this.show());
    this.node = this.frame();
    this.relabel();
  }

  frame() {
    const { sale } = this;
    return h('div', null,
      h('nav', { class: 'crumbs', 'aria-label': 'Where you are' }, h('a', { href: '#/flash' }, icon('back'), 'Flash sales')),
      h('article', { class: 'product flash' },
        h('div', { class: 'stage' }, picture(sale.image_url, '', { size: 800, eager: true })),
        h('div', { class: 'product-info' }, h('p', { class: 'eyebrow' }, 'Flash sale'), h('h1', { tabindex: -1 }, sale.title),
          h('p', null, h('a', { href: `#/products/${sale.product_id}` }, sale.product_title), sale.sku_title !== sale.product_title && choiceWords(sale.sku_title) && ` · ${sale.sku_title}`),
          h('p', { class: 'price' }, salePrice(sale)), this.state, h('section', { class: 'panel flash-panel', 'aria-label': 'Taking part' }, this.counting, this.stage, this.told, this.form), facts(sale))));
  }

  get qty() {
    return this.many ? this.many.value : 1;
  }

  relabel() {
    const { quote } = this.price;
    const what = this.qty > 1 ? `Buy ${this.qty}` : 'Buy';
    this.button.textContent = quote ? `${what} for ${money(quote.total, quote.currency)}` : what;
  }

  /* Something else was chosen: where the price is shown, it is asked anew. */
  choose(changes) {
    if (this.price.asked) this.price.set(changes);
    else this.price.note(changes);
    this.relabel();
  }

  priced(quote, before) {
    const label = this.button.textContent;
    this.ship.show(quote);
    this.costs.replaceChildren(...[sumsOf(quote), !this.where.place().country && h('p', { class: 'small muted tax-note' }, 'Taxes are worked out when we know the country.')].flat().filter(Boolean));
    this.relabel();
    if (before && before.total !== quote.total) this.box.show(h('p', null, `The total has changed. It is now ${money(quote.total, quote.currency)}.`));
    else if (label !== this.button.textContent && !this.button.hidden) announce(`The total is ${money(quote.total, quote.currency)}.`);
  }

  unpriced(problem) {
    this.priceAgain = now() + PRICE_MS;
    this.costs.replaceChildren(h('p', { class: 'error', role: 'status' }, problem.code === 'shipping.unavailable' ? 'We do not ship to this country. Please choose another address.' : `We could not work out the total. ${problemWords(problem)}`));
    this.relabel();
  }

  /* The price is wanted when the turn is near. */
  wantPrice(step, { seat }) {
    if (!this.price.asked && now() >= this.priceAgain && (step === 'turn' || seat.eta_s <= NEAR_S)) this.price.again();
  }

  /* Brings everything up to date. */
  show() {
    const { kept } = this.seat;
    const step = stepOf(this.sale, kept, session.account() && this.doing);
    if (step !== this.shown) this.enter(step, kept);
    else this.refresh(step, kept);
    this.state.replaceChildren(saleBadge(this.sale.state), ' ', GATE.includes(this.sale.state) ? remainingWords(this.sale.remaining) : '');
    this.form.hidden = !(session.account() && FORM.includes(step));
    if (!this.form.hidden) this.wantPrice(step, kept);
    this.button.hidden = step !== 'turn';
    this.trouble(kept.trouble);
    this.tick();
  }

  /* Why it does not go on, said once. */
  trouble(trouble) {
    const words = trouble ? problemWords(trouble) : '';
    if (words === this.troubled) return;
    this.troubled = words;
    this.told.textContent = words;
  }

  enter(step, kept) {
    const first = this.shown === '';
    const focused = this.stage.contains(document.activeElement) || (!FORM.includes(step) && this.form.contains(document.activeElement));
    const { title, nodes } = STEPS[step](this, kept);
    const heading = h('h2', { tabindex: -1 }, title);
    if (FORM.includes(step) && !FORM.includes(this.shown) && this.price.asked) this.price.again(); // it may be another one by now
    this.shown = step;
    this.saidAt = now();
    this.title = heading;
    this.told.textContent = '';
    this.troubled = '';
    this.stage.replaceChildren(heading, ...nodes.filter(Boolean));
    this.page.title(step === 'turn' ? `Your turn · ${this.sale.title}` : this.sale.title);
    if (focused) heading.focus({ preventScroll: true });
    else if (!first) announce(title);
  }

  /* The same step, with other figures. */
  refresh(step, kept) {
    if (step !== 'waiting') return;
    this.title.textContent = placeWords(kept.seat);
    this.progress.max = kept.seat.first;
    this.progress.value = kept.seat.first - kept.seat.position;
    this.eta.textContent = waitWords(kept.seat, this.sale);
    if (now() - this.saidAt < SAY_MS || this.saidPosition === kept.seat.position) return;
    this.saidAt = now();
    this.saidPosition = kept.seat.position;
    announce(`${placeWords(kept.seat)}. ${waitWords(kept.seat, this.sale)}`);
  }

  /* Each second. */
  tick() {
    const { kept } = this.seat;
    if (this.shown === 'turn' && kept.seat?.until <= now()) return this.show();
    const found = ['ordered', 'refused'].includes(this.shown) ? null : clockOf(this.sale, this.shown, kept);
    this.counting.hidden = !found;
    if (!found) return undefined;
    const left = found[1] - now();
    this.label.textContent = found[0];
    this.clock.textContent = clockWords(left);
    this.countdown(found[0], Math.ceil(left / 1000));
    return undefined;
  }

  /* Says now and then how much time is left. */
  countdown(words, s) {
    const at = SAID_S.findLast((one) => s <= one && s > 0);
    const known = this.counted?.words === words ? this.counted.at : at;
    this.counted = { words, at };
    if (at !== known && at !== undefined) announce(`${words} ${s < 90 ? `${s} seconds` : `${Math.round(s / 60)} minutes`}.`);
  }

  /* What a button does: says what went wrong, and nothing when the view was left. */
  press(button, work) {
    this.seat.keep({ trouble: null });
    return whileBusy(button, this.told, async () => {
      try {
        await work();
      } catch (problem) {
        if (!(problem instanceof Problem)) { if (problem?.name !== 'AbortError') throw problem; return; }
        if (problem.code === 'flash.sold_out' || problem.code === 'flash.over') this.look();
        throw problem;
      }
    });
  }

  join(button) {
    this.solving?.abort();
    this.solving = new AbortController();
    const { signal } = this.solving;
    this.page.signal.addEventListener('abort', () => this.solving.abort(), { once: true });
    return this.press(button, async () => {
      try {
        await this.seat.join(() => { this.doing = 'solving'; this.show(); }, signal);
      } finally {
        if (this.doing === 'solving' && !signal.aborted) this.doing = null;
        this.show();
      }
    });
  }

  /* A question instead of the work. */
  ask(button) {
    this.solving?.abort();
    return this.press(button, () => this.newQuestion().finally(() => {
      if (this.doing === 'solving') this.doing = null;
      this.show();
    }));
  }

  async newQuestion() {
    this.question = await this.seat.question();
    this.doing = 'question';
    this.shown = 'asking'; // a new question is a new step
    this.show();
    this.title.focus({ preventScroll: true });
  }

  async answer(input) {
    try {
      await this.seat.ask({ challenge: this.question.challenge, answer: input.value });
      this.doing = null;
      this.show();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.doing = null;
      if (problem.code === 'flash.challenge') await this.newQuestion().catch(known);
      this.show();
      this.told.textContent = problemWords(problem);
    }
  }

  async buy() {
    this.box.hide();
    if (!check(this.where.fields())) return;
    const shown = this.price.quote;
    const quote = await this.price.set({ place: this.where.place() });
    if (!quote) return;
    if (shown?.total !== quote.total) {
      this.box.show(h('p', null, `The total is ${money(quote.total, quote.currency)}. Press the button again if that is fine.`));
      return;
    }
    const address = this.where.value();
    const remember = this.where.remember();
    try {
      await this.seat.buy({ address, qty: this.qty, expected_total: quote.total, ...(quote.shipping_method && { shipping_method: quote.shipping_method }) });
      if (remember) await call('POST', '/v1/me/addresses', { as: 'account', key: newKey(), body: address }).catch(() => {});
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.errors?.length > 0) tell(problem, this.where.fields(), this.box);
      if (problem.code === 'flash.sold_out' || problem.code === 'flash.over') this.look();
    }
  }

  /* An order that was closed unpaid or cancelled since is no longer what became of it. */
  async recheck() {
    const { outcome } = this.seat.kept;
    if (outcome?.state !== 'ordered') return;
    const order = await get(`/v1/orders/${outcome.order_id}`, { as: 'account', signal: this.page.signal }).catch(known);
    if (GONE.includes(order?.state)) this.seat.anew();
  }

  async look() {
    const sale = await get(this.seat.path, { signal: this.page.signal }).catch(known);
    if (!sale) return;
    learn(sale.server_time);
    this.sale = sale;
    this.show();
  }

  /* How long what is known of the sale will do. */
  fresh() {
    const { state, queue_opens_at, starts_at, ends_at } = this.sale;
    if (document.hidden && !this.seat.kept.want) return LOOK_MS_MAX;
    const next = [queue_opens_at, starts_at, ends_at].map((text) => Date.parse(text) - now()).filter((ms) => ms > -LOOK_MS);
    const usual = GATE.includes(state) ? LOOK_MS : LOOK_MS_MAX;
    return Math.max(SPREAD_MS, Math.min(usual, ...next.map((ms) => (ms > 0 ? ms : 2 * SPREAD_MS)))) + Math.random() * SPREAD_MS;
  }

  async looking() {
    while (!ENDED.includes(this.sale.state) && !this.page.signal.aborted) {
      await pause(this.fresh(), this.page.signal);
      await this.look();
    }
  }

  async ticking() {
    while (!this.page.signal.aborted) {
      await pause(1000 - (now() % 1000), this.page.signal);
      this.tick();
    }
  }
}

const known = (problem) => { if (!(problem instanceof Problem)) throw problem; };

const placeWords = ({ position }) => (position === 1 ? 'You are next' : `You are number ${position}`);

function waitWords({ size, eta_s }, sale) {
  const others = size === 1 ? 'Nobody else waits.' : `${size} people wait.`;
  return sale.remaining === 'none' ? `${others} None is left at the moment. When an order is not paid, its units come back, and you keep your place for them.` : `${others} Your turn comes in about ${aboutWords(eta_s)}.`;
}

const button = (text, work, kind = 'primary large') => {
  const node = h('button', { type: 'button', class: kind ? `button ${kind}` : 'text-button' }, text);
  node.addEventListener('click', () => work(node));
  return node;
};

const text = (words) => h('p', null, words);
const questionButton = (view) => button('Answer a question instead', (node) => view.ask(node), '');

function joining(view) {
  const { sale } = view;
  if (!session.account()) return [text('To take part you need an account, so that everybody has a fair share.'), h('p', null, h('a', { class: 'button primary', href: `#/sign-in?next=/flash/${sale.sale_id}` }, 'Sign in to take part'))];
  return [
    text(sale.waiting_room ? 'Take a place in the queue. Who comes first is let in first; more tabs or more devices make it no faster.' : 'Take one now, while there are some.'),
    h('p', { class: 'actions' }, button(sale.waiting_room ? 'Join the queue' : 'I want one', (node) => view.join(node)), sale.challenge && questionButton(view)),
    sale.challenge && h('p', { class: 'small muted' }, 'Your browser solves a small task first, which keeps programs from pushing in. It takes some seconds. You can answer a simple question instead.'),
  ];
}

function questionForm(view) {
  const input = field({ name: 'answer', label: view.question.question, inputmode: 'numeric', autocomplete: 'off', maxlength: 10, hint: 'As a number, such as 12.', rule: (words) => (/^\d+$/.test(words) ? null : 'A number, please.') });
  const send = h('button', { class: 'button primary', type: 'submit' }, view.sale.waiting_room ? 'Join the queue' : 'Go on');
  const form = h('form', { class: 'form', novalidate: true }, input.node, send);
  onSubmit(form, send, async () => { if (check([input])) await view.answer(input); });
  return form;
}

function waiting(view, { seat }) {
  view.progress = h('progress', { class: 'flash-progress', 'aria-label': 'How far you have come in the queue', max: seat.first, value: seat.first - seat.position });
  view.eta = text(waitWords(seat, view.sale));
  view.saidPosition = seat.position;
  return [view.progress, view.eta, h('p', { class: 'small muted' }, 'Your place is kept when you reload this page, and it is the same one in all your tabs and on all your devices. You may look around in the shop meanwhile: it tells you when it is your turn, and so does the name of its tab.')];
}

const again = (words) => (view) => button(words, () => { view.seat.anew(); }, 'quiet');

/* What is shown and can be done at each step: {title, nodes}. */
const STEPS = {
  early: (view) => ({ title: 'It has not begun yet', nodes: [text(view.sale.waiting_room ? 'Before the sale begins a queue opens here. Who comes first is let in first.' : 'Come back when it begins, or leave this page open.'), !session.account() && h('p', null, h('a', { class: 'button', href: `#/sign-in?next=/flash/${view.sale.sale_id}` }, 'Sign in already'))] }),
  free: (view) => ({ title: view.sale.state === 'open' ? 'The sale is on' : 'The queue is open', nodes: joining(view) }),
  joining: () => ({ title: 'One moment', nodes: [text('We are looking for your place in the queue.')] }),
  solving: (view) => ({ title: 'One moment, please', nodes: [text('Your browser is solving a small task, which keeps programs from pushing in. Your place comes right after it.'), h('progress', { class: 'flash-progress', 'aria-label': 'The task is being solved' }), h('p', null, questionButton(view))] }),
  question: (view) => ({ title: 'A question first', nodes: [questionForm(view)] }),
  waiting: (view, kept) => ({ title: placeWords(kept.seat), nodes: waiting(view, kept) }),
  turn: () => ({ title: 'It is your turn', nodes: [text('Say where it goes, and buy. Afterwards you have time to pay.')] }),
  passed: (view) => ({ title: 'Your turn has passed', nodes: [text('It was not used in time. You can take a new place.'), h('p', null, button(view.sale.waiting_room ? 'Join the queue again' : 'Try again', (node) => view.join(node)))] }),
  sending: () => ({ title: 'Your order is being sent', nodes: [text('Please wait. If the answer is lost we ask again by ourselves, and nothing is bought twice.')] }),
  making: () => ({ title: 'We are making your order', nodes: [text('You were let through, and the units are held for you. This takes a moment. You may reload this page.')] }),
  ordered: (view, { outcome }) => ({ title: 'It is yours', nodes: [text('Your order is made. Please pay it in time, or its units go to somebody else.'), h('p', { class: 'actions' }, h('a', { class: 'button primary large', href: `#/orders/${outcome.order_id}` }, 'See the order and pay'), !ENDED.includes(view.sale.state) && view.sale.per_account > 1 && again('Buy another')(view))] }),
  refused: (view, { outcome }) => ({ title: 'It did not work out', nodes: [text(refusalWords(outcome.reason)), h('p', null, !ENDED.includes(view.sale.state) && again('Try again')(view))] }),
  sold_out: () => ({ title: 'Sold out', nodes: [text('Others were faster. When an order is not paid its units come back: leave this page open, and it tells you.')] }),
  closed: () => ({ title: 'This sale is over', nodes: [text('Thank you for looking in.'), h('p', null, h('a', { class: 'button', href: '#/flash' }, 'Other flash sales'))] }),
  cancelled: () => ({ title: 'This sale was called off', nodes: [text('Orders that were made stay as they are.'), h('p', null, h('a', { class: 'button', href: '#/flash' }, 'Other flash sales'))] }),
};

/* "#/flash/<id>". */
export async function flashSale(page) {
  page.title('Flash sale');
  page.put(loading('Loading the sale', skeleton('product-shape')));
  const [sale, saved] = await Promise.all([get(`/v1/flash/${page.parameters[0]}`, { signal: page.signal }), savedAddresses(page.signal)]);
  learn(sale.server_time);
  const view = new FlashSale(page, sale, saved);
  view.show();
  page.put(view.node);
  page.ready();
  await Promise.all([view.looking(), view.ticking(), view.recheck(), view.seat.watch()]);
}
