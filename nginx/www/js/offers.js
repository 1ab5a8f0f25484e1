/* What a quote says about offers, shipping and taxes, in words. */

import { money } from './money.js';

const units = (n) => (n === 1 ? 'one more' : `${n} more`);

const REASONS = {
  unknown: (name) => `There is no coupon ${name}. Please check how it is written.`,
  not_yet: (name) => `${name} is not valid yet.`,
  expired: (name) => `${name} has expired.`,
  currency: (name) => `${name} is for prices in another currency.`,
  no_lines: (name) => `${name} is for other things than those in this order.`,
  min_spend: (name, rule, currency) => `Add ${money(rule.missing, currency)} more of what it is for, and ${name} applies.`,
  min_qty: (name, rule) => `Add ${units(rule.missing)} of what it is for, and ${name} applies.`,
  account_limit: (name) => `You have used ${name} as often as it may be used.`,
  exhausted: (name) => `${name} has been used up.`,
  exclusive: (name) => `${name} does not go together with the offer that applies.`,
  not_combinable: (name) => `${name} does not go together with other offers.`,
  stack_group: (name) => `${name} does not apply: another offer of its kind does already.`,
};

export const ruleName = (rule) => (rule.code && rule.name ? `${rule.name} (${rule.code})` : rule.name ?? rule.code);

/* Why a rule applies, or why not. */
export function ruleWords(rule, currency) {
  const name = `“${rule.name ?? rule.code}”`;
  if (rule.applied) return `${name} applies and takes off ${money(rule.amount, currency)}.`;
  return (REASONS[rule.reason] ?? ((it) => `${it} does not apply.`))(name, rule, currency);
}

/* Is it within reach: would a little more make it apply? */
export const nudges = (rule) => !rule.applied && (rule.reason === 'min_spend' || rule.reason === 'min_qty');

export const isCoupon = (rule, code) => rule.code?.toLowerCase() === code.toLowerCase();

const changedMoney = (what, before, after, currency) => (before === after ? null : `${what} ${money(after, currency)} instead of ${money(before, currency)}.`);

function lineChange(before, after, title, currency) {
  if (!before) return `${title} came in.`;
  if (!after) return `${title} is no longer part of it.`;
  if (before.unit_price !== after.unit_price) return `${title} now costs ${money(after.unit_price, currency)} instead of ${money(before.unit_price, currency)}.`;
  return before.qty === after.qty ? null : `${title}: ${after.qty} instead of ${before.qty}.`;
}

/* What is different in the second of two quotes; `titleOf` names a SKU. */
export function differences(before, after, titleOf) {
  const { currency } = after;
  const of = (quote, id) => quote.lines.find((line) => line.sku_id === id);
  const ids = [...new Set([...before.lines, ...after.lines].map((line) => line.sku_id))];
  return [
    ...ids.map((id) => lineChange(of(before, id), of(after, id), titleOf(id), currency)),
    changedMoney('Discounts are', before.discount_total, after.discount_total, currency),
    changedMoney('Shipping is', before.shipping_total, after.shipping_total, currency),
    changedMoney('Taxes are', before.tax_total, after.tax_total, currency),
  ].filter(Boolean);
}
