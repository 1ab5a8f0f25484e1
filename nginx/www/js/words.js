/* The shop's voice: what problem codes, states and events mean to a person. */

const PROBLEMS = {
  offline: 'You seem to be offline. Check your connection, then try again.',
  unreachable: 'We could not reach the shop. It may be restarting; please try again in a moment.',
  timeout: 'The shop took too long to answer. Please try again.',
  unreadable: 'The shop gave an answer we could not read. Please try again.',
  internal: 'Something went wrong on our side. Please try again.',
  not_found: 'We could not find that. It may have been removed, or the link is incomplete.',
  rate_limited: 'That was a little too fast. Please try again',
  unavailable: 'The shop is very busy or briefly down. Please try again',
  'slot.moved': 'The shop is very busy or briefly down. Please try again',
  conflict: 'Something else was changing this at the same moment. Please try again.',
  'precondition.failed': 'This was changed in the meantime, perhaps in another tab. Please look again and repeat your change.',
  'request.invalid': 'The shop cannot use something in this request. Please check what you gave and try again.',
  'request.malformed': 'The shop did not understand this request. Please reload the page and try again.',
  'request.too_large': 'That is too much text. Please shorten it.',
  'auth.required': 'Please sign in first.',
  'auth.forbidden': 'This account may not do that.',
  'auth.token_invalid': 'Your visit has ended. Please sign in again.',
  'auth.token_expired': 'Your visit has ended. Please sign in again.',
  'guest.expired': 'Your visit as a guest has ended, so we cannot show this here any more. Your order itself is not affected.',
  'account.password_wrong': 'This is not your password. Please try again.',
  'account.email_taken': 'There is already an account with this e-mail address. Sign in instead?',
  'address.limit': 'Your address book is full. Remove an address you no longer need, then save this one.',
  'session.refused': 'E-mail or password is wrong.',
  'session.reused': 'For your safety this sign-in was ended. Please sign in again.',
  'session.expired': 'You have been signed out because it has been a while. Please sign in again.',
  'order.empty': 'Your cart is empty.',
  'order.sku_unavailable': 'Something in your cart is no longer for sale.',
  'order.out_of_stock': 'Something in your cart is sold out.',
  'stock.short': 'Something in your cart is sold out.',
  'order.price_changed': 'The total has changed. Please look at the new one before you order.',
  'order.mixed_currency': 'You ticked things that are priced in different currencies. Please order them one currency after the other.',
  'order.state': 'The order has moved on in the meantime, so this is no longer possible.',
  'shipment.quantity': 'Fewer are left to be packed. Please look again.',
  'shipment.state': 'The parcel has moved on in the meantime, so this is no longer possible.',
  'refund.exceeds': 'That is more than is left of what was paid.',
  'refund.nothing': 'Nothing is left of what was paid.',
  'return.state': 'The return has moved on in the meantime, so this is no longer possible.',
  'return.quantity': 'Fewer of these can be sent back than you chose. Perhaps some are on their way back already; please look at the order again.',
  'return.window': 'The time in which this could be sent back is over. If something is broken, please write to us all the same.',
  'account.token_invalid': 'This link was used before or is too old. Please ask for a new one.',
  'order.email_required': 'Please give an e-mail address so that we can reach you.',
  'cart.changed': 'Your cart was changed in the meantime, perhaps in another tab.',
  'cart.sku_unavailable': 'This is no longer for sale.',
  'cart.limit': 'Your cart is full: 200 different things are the most. Order some first, or take something out.',
  'cart.frozen': 'Your cart is just moving to your account. Please try again in a moment.',
  'cart.line_unknown': 'This is no longer in your cart; perhaps it was taken out in another tab.',
  'promotion.unknown': 'There is no such coupon. Please check how it is written.',
  'promotion.expired': 'This coupon has expired.',
  'promotion.not_yet': 'This coupon is not valid yet.',
  'promotion.exhausted': 'This coupon has just been used up by others.',
  'promotion.account_limit': 'You have used this coupon as often as it may be used.',
  'promotion.not_applicable': 'This coupon is not for what you order.',
  'promotion.not_combinable': 'This coupon does not go together with the other offers.',
  'shipping.unavailable': 'We do not ship there in this way.',
  'payment.state': 'This payment can no longer be changed.',
  'payment.channel_unknown': 'This way of paying is not available.',
  'payment.reference_used': (problem) => `${/^order \d+$/.test(problem.detail) ? `Order ${problem.detail.slice(6)}` : 'Another order'} was marked as paid under this reference.`,
  'flash.not_open': 'The sale has not begun yet.',
  'flash.over': 'The sale is over.',
  'flash.sold_out': 'Sold out. When an order is not paid its units come back, so it may be worth looking again.',
  'flash.limit': 'You have as many of these as one person may buy here.',
  'flash.gate_closed': 'The shop is sorting its queue. Nothing is lost; it goes on',
  'flash.place_required': 'Your turn had passed before this arrived. Nothing was bought. You get a new place in the queue.',
  'flash.waiting': 'It is not your turn yet.',
  'flash.challenge': 'This was not the right answer, or it came too late. Please try again.',
  'flash.state': 'The sale has moved on, so this can no longer be changed. Units, and how many one buyer may have, can still be raised.',
  'idempotency.in_progress': 'Your first try is still being worked on. Please wait a moment and try again; nothing happens twice.',
  'idempotency.mismatch': 'This was sent before with other contents. Please try again.',
};

/* One or two sentences for any error. */
export function problemWords(problem) {
  const own = PROBLEMS[problem.code];
  const known = (typeof own === 'function' ? own(problem) : own) || (problem.status >= 500 ? PROBLEMS.unavailable : problem.title && `${problem.title}.`) || PROBLEMS.internal;
  return /[.?]$/.test(known) ? known : `${known} ${soonWords(problem.retryAfterMs)}`;
}

/* When to try again, as the shop has said. */
function soonWords(ms) {
  if (!(ms > 2000)) return 'in a moment.';
  return ms < 90_000 ? `in ${Math.ceil(ms / 1000)} seconds.` : `in ${Math.ceil(ms / 60_000)} minutes.`;
}

const FIELD_REASONS = {
  required: 'Please fill this in.',
  length: 'This is too short or too long.',
  range: 'This number is too small or too large.',
  format: 'This does not look right. Please check it.',
  type: 'This does not look right. Please check it.',
  unknown: 'This cannot be sent.',
  duplicate: 'This is given twice.',
};

/* What is wrong with a field the API refused. */
export const fieldWords = (error) => FIELD_REASONS[error.code] ?? FIELD_REASONS.format;

const STATES = {
  PENDING_PAYMENT: ['Waiting for payment', 'wait'],
  CLOSING: ['Being closed', 'wait'],
  CLOSED: ['Closed', 'end'],
  PAID: ['Paid', 'good'],
  ON_HOLD: ['On hold', 'wait'],
  PARTIALLY_SHIPPED: ['Partly on its way', 'good'],
  SHIPPED: ['On its way', 'good'],
  DELIVERED: ['Delivered', 'good'],
  COMPLETED: ['Completed', 'good'],
  CANCELLING: ['Being cancelled', 'wait'],
  CANCELLED: ['Cancelled', 'end'],
};

/* {text, mood}: mood is wait, good or end. */
export function stateWords(state) {
  const [text, mood] = STATES[state] ?? [plain(state), 'wait'];
  return { text, mood };
}

const EVENTS = {
  'order.placed': 'We received your order',
  'order.paid': 'Your payment arrived; the order is paid',
  'order.closed': 'The order was closed and its items are free again',
  'order.held': 'We are looking at the order before we pack it',
  'order.released': 'The order goes on',
  'order.partially_shipped': 'A part of the order is on its way',
  'order.shipped': 'Everything is on its way',
  'order.rest_cancelled': 'We cannot send the rest; you get your money back for it',
  'order.delivered': 'Everything has arrived',
  'order.completed': 'The order is complete',
  'order.cancelling': 'The order is being cancelled; you get your money back',
  'order.cancelled': 'The order was cancelled',
  'payment.created': 'You chose how to pay',
  'payment.submitted': 'You went to the payment page',
  'payment.authorised': 'Your bank agreed to the payment',
  'payment.failed': 'A payment did not go through',
  'payment.try_declined': 'Your bank or the payment service said no; you can try again on the payment page',
  'payment.voided': 'An unfinished payment was closed',
  'payment.recorded': 'The shop noted that your money has come',
  'payment.refund_due': 'A payment came too late; you get the money back',
  'shipment.created': 'A parcel is being packed',
  'shipment.shipped': 'A parcel left',
  'shipment.delivered': 'A parcel arrived',
  'shipment.changed': 'Tracking of a parcel was updated',
  'shipment.cancelled': 'A parcel is packed anew',
  'refund.requested': 'We are sending you money back',
  'refund.succeeded': 'Your money is back',
  'refund.failed': 'Sending money back did not work; we take care of it',
  'return.requested': 'You asked to send something back',
  'return.approved': 'You may send it back',
  'return.rejected': 'The return was refused',
  'return.withdrawn': 'You keep it after all',
  'return.received': 'What you sent back arrived',
  'return.refunded': 'You got your money back for it',
  'return.replaced': 'You get another one instead',
  'return.reopened': 'We are packing the replacement anew',
};

/* The same where "you" would be the wrong one: what staff reads. The rest is said to both alike. */
const STAFF_EVENTS = {
  'order.placed': 'Ordered',
  'order.paid': 'Paid',
  'order.closed': 'Closed unpaid; the items are free again',
  'order.held': 'Held back',
  'order.released': 'Goes on',
  'order.rest_cancelled': 'The rest was given up; the money for it goes back',
  'order.cancelling': 'Being cancelled; the money goes back',
  'payment.created': 'The buyer chose how to pay',
  'payment.submitted': 'The buyer went to the payment page',
  'payment.authorised': 'The bank agreed to the payment',
  'payment.try_declined': 'The bank or the payment service said no; the buyer can try again',
  'payment.recorded': 'Marked as paid by hand',
  'payment.refund_due': 'A payment came too late and goes back',
  'refund.requested': 'Money goes back',
  'refund.succeeded': 'Money is back',
  'refund.failed': 'Sending money back failed; see Money',
  'return.requested': 'The buyer asks to send something back',
  'return.approved': 'The buyer may send it back',
  'return.withdrawn': 'The buyer keeps it after all',
  'return.received': 'What was sent back arrived',
  'return.refunded': 'The return was paid back',
  'return.replaced': 'The return is replaced',
  'return.reopened': 'The replacement was unpacked; the return is to be settled anew',
};

/* Why an order is being closed. */
const closeWords = (reason) => (/buyer|cancel/.test(reason ?? '') ? 'You cancelled the order' : 'The time to pay ran out');

/* Why a payment did not go through. */
const FAILURES = {
  declined: 'your bank or the payment service said no',
  refused: 'the payment service would not begin it',
};

export const failureWords = (reason) => `The last payment did not go through${FAILURES[reason] ? `: ${FAILURES[reason]}` : ''}. Nothing was taken. Please try again.`;

/* An event of an order in words. */
export function eventWords(event) {
  const { data } = event;
  if (event.type === 'order.closing') return closeWords(data?.reason);
  if (event.type === 'order.paid' && data && !data.payment_id) return 'There was nothing to pay';
  const words = EVENTS[event.type] ?? plain(event.type);
  if (/^shipment\./.test(event.type) && data?.tracking) return `${words}: ${[data.carrier, data.tracking].filter(Boolean).join(' ')}`;
  return words;
}

/* An event as staff reads it. */
export function staffEventWords(event) {
  if (event.type === 'order.closing') return /buyer|cancel/.test(event.data?.reason ?? '') ? 'Taken back before it was paid' : 'The time to pay ran out';
  if (event.type === 'payment.failed' && event.data?.reason) return `A payment failed: ${event.data.reason}`;
  return (event.type !== 'order.paid' || event.data?.payment_id) && STAFF_EVENTS[event.type] ? STAFF_EVENTS[event.type] : eventWords(event);
}

const REFUNDS = { REQUESTED: ['Promised', 'wait'], SUBMITTED: ['On its way', 'wait'], SUCCEEDED: ['Paid back', 'good'], FAILED: ['We take care of it', 'wait'] };
const PARCELS = { READY: ['Being packed', 'wait'], SHIPPED: ['On its way', 'good'], DELIVERED: ['Arrived', 'good'], CANCELLED: ['Packed anew', 'end'] };
const RETURNS = {
  REQUESTED: ['Asked for', 'wait'], APPROVED: ['Please send it back', 'wait'], RECEIVED: ['Arrived here', 'wait'],
  REFUNDED: ['Paid back', 'good'], REPLACED: ['Replaced', 'good'], REJECTED: ['Refused', 'end'], WITHDRAWN: ['Kept after all', 'end'],
};
const STAFF_RETURNS = { ...RETURNS, REQUESTED: ['To decide', 'wait'], APPROVED: ['On its way back', 'wait'], RECEIVED: ['To settle', 'wait'] };
const wordsOf = (table) => (state) => {
  const [text, mood] = table[state] ?? [plain(state), 'wait'];
  return { text, mood };
};

/* {text, mood} of a refund, a parcel, a return. */
export const refundWords = wordsOf(REFUNDS);
export const staffRefundWords = wordsOf({ ...REFUNDS, FAILED: ['Failed', 'end'] });
export const parcelWords = wordsOf(PARCELS);
export const returnWords = wordsOf(RETURNS);
export const staffReturnWords = wordsOf(STAFF_RETURNS);

const SALES = {
  scheduled: ['Coming', 'wait'], queue: ['The queue is open', 'good'], open: ['On now', 'good'], sold_out: ['Sold out', 'end'], closed: ['Over', 'end'], cancelled: ['Called off', 'end'],
};

/* {text, mood} of a flash sale. */
export const saleWords = wordsOf(SALES);

/* About how much of a sale is left. */
const REMAINING = { plenty: 'Plenty left', some: 'Less than half is left', few: 'Only a few left', none: 'None left at the moment' };
export const remainingWords = (remaining) => REMAINING[remaining] ?? '';

/* Why what a buyer was let in for did not become an order. */
const REFUSALS = {
  gate_restarted: 'The shop had to begin its queue anew, and your order was lost with it. Nothing was bought, and nothing has to be paid.',
  over: 'The sale ended before your order was made.',
  limit: PROBLEMS['flash.limit'],
  sold_out: 'Others were faster: it is sold out.',
  'order.sku_unavailable': 'It is no longer for sale.',
  'order.price_changed': 'The total had changed by then, so nothing was bought. Look at the new one, and try again.',
};
export const refusalWords = (reason) => REFUSALS[reason] ?? problemWords({ code: reason });

/* What the gate turned away, for staff. */
const TURNED_AWAY = {
  rate_limited: 'Too many tries of one buyer', busy: 'Too many tries of all together', early: 'Too early', over: 'Too late', sold_out: 'Sold out', challenge: 'The challenge was not solved',
  waiting: 'Not their turn yet', place: 'Without a place that counts', limit: 'More than one buyer may have', order: 'Let in, but the order was refused',
};
export const turnedAwayWords = (why) => TURNED_AWAY[why] ?? plain(why);

/* What a buyer wants for what comes back. */
export const wishWords = (resolution) => (resolution === 'replacement' ? 'Wants the same again' : 'Wants the money back');

const CHANNELS = { sandbox: 'Sandbox', stripe: 'Stripe', alipay: 'Alipay', wechat: 'WeChat Pay', manual: 'By hand' };
export const channelWords = (name) => CHANNELS[name] ?? plain(name);

/* What about money waits for a person. */
const CASES = {
  wrong_amount: 'A provider took another amount than was asked for',
  unknown_payment: 'A provider tells of a payment that we do not know',
  unknown_refund: 'A provider tells of a refund that we do not know',
  refund_failed: 'Money could not be given back',
  payment_stuck: 'A provider does not say what became of a payment',
  refund_by_hand: 'Money that was paid past the providers is to be given back by hand',
  refund_stuck: 'A provider does not say what became of a refund',
  order_stuck: 'An order cannot be closed: its provider does not answer',
};
export const caseWords = (kind) => CASES[kind] ?? plain(kind);

/* How a provider's statement and the books differ. */
const DIFFERENCES = {
  missing_callback: 'It was paid, and we had not heard of it',
  late_capture: 'It was paid when it was too late',
  missing_refund_callback: 'It went back, and we had not heard of it',
  missing_order: 'A payment that we do not know',
  missing_refund: 'A refund that we do not know',
  wrong_amount: 'Another amount or currency',
  other_transaction: 'Paid under another number',
  missing_at_provider: 'In our books, not in the statement',
  fee: 'Another fee than was booked',
};
export const differenceWords = (kind) => DIFFERENCES[kind] ?? plain(kind);

const CAUSES = { staff: 'by the staff', cancel: 'the order was cancelled', rest: 'the rest could not be sent', return: 'for a return', excess: 'more came than was asked for', late: 'it came too late', second: 'it was paid twice', amount: 'a wrong amount' };
export const refundCauseWords = (cause) => `Back: ${CAUSES[cause] ?? plain(cause)}`;

const ATTEMPTS = {
  CREATED: ['Begun', 'wait'], SUBMITTED: ['Waits for the buyer', 'wait'], AUTHORISED: ['Agreed to', 'wait'], CAPTURED: ['Paid', 'good'], VOIDED: ['Closed unpaid', 'end'],
};

/* {text, mood} of an attempt to pay, for staff. */
export function paymentWords(payment) {
  if (payment.state === 'FAILED') return { text: payment.reason ? `Failed: ${payment.reason}` : 'Failed', mood: 'end' };
  return wordsOf(ATTEMPTS)(payment.state);
}

/* "partly_shipped.by_us" → "Partly shipped by us", for words newer than this page. */
function plain(name) {
  const text = String(name).replace(/[._]+/g, ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
