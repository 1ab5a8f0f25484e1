/* Checkout: where to, how to reach you, what it comes to and why, and the order.
 *
 * What the person saw is sent along: the cart's version and the total. When either is another by then, nothing is ordered, what changed is
 * said in words, and the new total is shown.
 */
import { call, newKey, Problem } from '../api.js';
import * as cart from '../cart.js';
import { announce, h, toast } from '../dom.js';
import { check, emailRule, field, onSubmit, problemBox, tell } from '../form.js';
import { money } from '../money.js';
import { differences } from '../offers.js';
import { empty, loading, skeleton } from '../parts.js';
import { pricing } from '../pricing.js';
import { goInstead } from '../router.js';
import * as session from '../session.js';
import { place, placedBefore } from '../submission.js';
import { problemWords } from '../words.js';
import { couponPart } from './coupons.js';
import { summary } from './summary.js';
import { addressPart, savedAddresses, shippingPart } from './where.js';

function nothingToOrder(page) {
  const some = cart.now().lines_n > 0;
  page.put(some ? empty('Nothing is chosen', 'Tick in your cart what you would like to order.', h('a', { class: 'button primary', href: '#/cart' }, 'To the cart'))
    : empty('Your cart is empty', cart.waits() ? 'You were signed out. Your cart is as you left it when you sign in again.' : 'Put something in it first.',
      cart.waits() ? h('a', { class: 'button primary', href: '#/sign-in?next=/checkout' }, 'Sign in') : h('a', { class: 'button primary', href: '#/' }, 'Look around')));
  page.ready();
}

function contact() {
  const account = session.account();
  if (account) return { node: h('p', null, 'Signed in as ', h('strong', null, account.email ?? account.name)), fields: [], value: '' };
  const email = field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email', inputmode: 'email', maxlength: 254, rule: emailRule, wide: true, hint: 'We write to you about this order and nothing else.' });
  return {
    node: h('div', null, h('p', { class: 'muted' }, 'You order as a guest. Have an account? ', h('a', { href: '#/sign-in?next=/checkout' }, 'Sign in'), ': your cart comes along.'), email.node),
    fields: [email], get value() { return email.value; },
  };
}

const titleOf = (before) => (skuId) => [...cart.now().items, ...before].find((line) => line.sku_id === skuId)?.title ?? 'Something';

/* The parts of the view and what happens between them. */
class Checkout {
  constructor(page, saved) {
    this.page = page;
    this.box = problemBox();
    this.reach = contact();
    this.note = field({ name: 'note', label: 'A note for us', control: h('textarea', { rows: 3, maxlength: 500 }), optional: true, wide: true });
    this.button = h('button', { class: 'button primary large full', type: 'submit' }, 'Place order');
    this.price = pricing({ signal: page.signal, show: (quote) => this.show(quote), fail: (problem) => this.fail(problem), drop: (words) => this.say([words]) });
    this.where = addressPart(saved, () => this.price.set({ place: this.where.place() }));
    this.ship = shippingPart((id) => this.price.set({ shipping: id }));
    this.coupons = couponPart(this.price);
    this.seen = summary((line) => this.leaveOut(line), this.coupons);
    this.node = h('form', { class: 'checkout', novalidate: true },
      h('div', { class: 'checkout-fields' }, h('h1', { tabindex: -1 }, 'Checkout'),
        h('section', null, h('h2', null, 'How to reach you'), this.reach.node),
        h('section', null, h('h2', null, 'Where it goes'), this.where.node),
        this.ship.node,
        h('section', null, h('h2', null, 'Anything else?'), this.note.node)),
      h('div', { class: 'checkout-side' }, this.seen.node, this.box.node, this.button, h('p', { class: 'small muted' }, 'You pay in the next step. We hold your items meanwhile.')));
    onSubmit(this.node, this.button, () => this.submit());
  }

  /* Shows what it costs. */
  show(quote) {
    const first = !this.quote;
    this.quote = quote;
    this.seen.show(quote, this.price.choice.place);
    this.ship.show(quote);
    const label = `Place order · ${money(quote.total, quote.currency)}`;
    if (!first && this.button.textContent !== label) announce(`The total is now ${money(quote.total, quote.currency)}.`);
    this.button.textContent = label;
  }

  /* There is no price. */
  async fail(problem) {
    if (problem.code === 'order.empty') {
      const earlier = await placedBefore(cart.now().version).catch(() => null);
      if (earlier) await this.placed(earlier);
      else nothingToOrder(this.page);
    } else if (problem.code === 'shipping.unavailable') this.box.show(h('p', null, 'We do not ship to this country. Please choose another address.'));
    else tell(problem, [], this.box);
  }

  say(words, head, foot) {
    this.box.show(head && h('p', null, head), words.length === 1 && !head ? h('p', null, words[0]) : words.length > 0 && h('ul', null, words.map((text) => h('li', null, text))), foot && h('p', null, foot));
  }

  totalNow() {
    return `The total is now ${money(this.quote.total, this.quote.currency)}. Place the order again if that is fine.`;
  }

  async leaveOut(line) {
    this.box.hide();
    await cart.tick([line.sku_id], false).catch((problem) => tell(problem, [], this.box));
    if (cart.ticked().length === 0) return nothingToOrder(this.page);
    await this.price.again();
    this.button.focus();
    return undefined;
  }

  /* Another tab or device changed the cart: the price is asked anew. */
  watch() {
    const stop = cart.onChange(() => {
      if (this.page.signal.aborted) stop();
      else if (!this.busy && this.quote && cart.now().version !== this.quote.version) this.price.again();
    });
  }

  order(quote) {
    return {
      from_cart: true, cart_version: quote.version, address: this.where.value(), ...(this.note.value && { note: this.note.value }), ...(this.reach.value && { email: this.reach.value }),
      ...(quote.shipping_method && { shipping_method: quote.shipping_method }), ...(this.price.coupons.length > 0 && { coupons: this.price.coupons }), expected_total: quote.total,
    };
  }

  async submit() {
    this.box.hide();
    if (!check([...this.reach.fields, ...this.where.fields(), this.note])) return;
    const shown = this.quote;
    await this.price.set({ place: this.where.place() });
    const quote = await this.price.settled();
    if (!quote) return;
    if (!shown || shown.total !== quote.total) return this.say([], null, this.totalNow());
    this.busy = true;
    try {
      await this.placed(await place(this.order(quote)));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!this.page.signal.aborted) await this.refused(problem, quote);
    } finally {
      this.busy = false;
    }
  }

  async placed(order) {
    this.price.forgetCoupons();
    if (this.where.remember()) await call('POST', '/v1/me/addresses', { as: 'account', key: newKey(), body: this.where.value() }).catch(() => {});
    cart.look().catch(() => {});
    if (!this.page.signal.aborted) goInstead(`#/orders/${order.order_id}`);
  }

  /* Nothing was ordered, or nobody knows: says why, and shows how things are now. */
  async refused(problem, quote) {
    const before = cart.now().items;
    const heads = {
      'order.price_changed': 'A price has changed, so nothing was ordered yet.',
      'cart.changed': 'Your cart was changed in the meantime, so nothing was ordered yet.',
      'order.sku_unavailable': 'Something is no longer for sale, so nothing was ordered yet.',
      'guest.expired': 'Your visit as a guest had ended, so nothing was ordered yet. We have kept your cart.',
    };
    if (heads[problem.code]) {
      const cartNow = await cart.look();
      const earlier = await placedBefore(cartNow.version);
      if (earlier) return this.placed(earlier);
      const now = await this.price.again();
      return now && this.say(differences(quote, now, titleOf(before)), heads[problem.code], this.totalNow());
    }
    if (problem.code === 'order.out_of_stock' || problem.code === 'stock.short') return this.soldOut(problem, quote);
    if (problem.code.startsWith('promotion.')) return this.couponRefused(problem);
    if (problem.unknown) return this.say([], 'We do not know whether your order arrived. Please press the button again: you will not order twice.', problem.retryAfterMs > 0 && problemWords(problem));
    return tell(problem, [...this.reach.fields, ...this.where.fields(), this.note], this.box);
  }

  soldOut(problem, quote) {
    const hit = quote.lines.find((line) => problem.detail.includes(line.sku_id));
    if (!hit) return tell(problem, [], this.box);
    this.seen.blame(hit.sku_id, hit.qty > 1 ? `We do not have ${hit.qty} of these any more.` : 'Sold out just now.');
    this.seen.show(quote, this.price.choice.place);
    return this.say([], null, `Sorry: ${titleOf([])(hit.sku_id)} is sold out, or there are fewer left than you want. Nothing was ordered. Leave it out or choose fewer, then order again.`);
  }

  /* The refusal names the coupon; one that others used up is named by its rule. */
  async couponRefused(problem) {
    const rule = this.quote.explanation.find((one) => one.rule && problem.detail.includes(one.rule));
    const code = this.price.choice.coupons.find((one) => problem.detail.toLowerCase().includes(one.toLowerCase()) || one === rule?.code);
    if (!code) return tell(problem, [], this.box);
    await this.price.dropCoupon(code);
    return this.say([], `${code}: ${problemWords(problem)} Nothing was ordered yet.`, this.totalNow());
  }
}

/* "#/checkout". */
export async function checkout(page) {
  page.title('Checkout');
  page.put(loading('Loading the checkout', h('div', { class: 'checkout' }, skeleton('row-shape', 4))));
  const [saved, now] = await Promise.all([savedAddresses(page.signal), cart.look({ signal: page.signal })]);
  const earlier = await placedBefore(now.version);
  if (earlier && !page.signal.aborted) {
    toast('Your order had arrived.');
    goInstead(`#/orders/${earlier.order_id}`);
    return;
  }
  if (cart.ticked(now).length === 0) {
    nothingToOrder(page);
    return;
  }
  const view = new Checkout(page, saved);
  view.price.choice.place = view.where.place();
  page.put(view.node);
  await view.price.again();
  page.ready();
  view.watch();
}
