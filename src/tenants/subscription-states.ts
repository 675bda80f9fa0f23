import { Fault } from '../kernel/index.ts';

/** How an account stands with its plan at an instant. */
export const SUBSCRIPTION_STATES = [
  'none',
  'trialing',
  'active',
  // Not renewed at the end of its period, and within its grace.
  'past_due',
  // Ends with its period.
  'canceling',
  'expired',
] as const;

export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** What may be done with a subscription. */
export const SUBSCRIPTION_ACTS = [
  // Begins anew on a plan, whatever was before.
  'assign',
  'try',
  // To another plan at once, within the same period.
  'upgrade',
  // To another plan later.
  'downgrade',
  'renew',
  'cancel',
  // Takes back a cancellation, or a change to come.
  'resume',
  // Ends at once.
  'expire',
] as const;

export type SubscriptionAct = (typeof SUBSCRIPTION_ACTS)[number];

/** What each act makes of each state; what is missing is refused. Time does the rest (plan_at). */
export const TRANSITIONS: Readonly<
  Record<SubscriptionAct, Readonly<Partial<Record<SubscriptionState, SubscriptionState>>>>
> = {
  assign: {
    none: 'active',
    trialing: 'active',
    active: 'active',
    past_due: 'active',
    canceling: 'active',
    expired: 'active',
  },
  try: { none: 'trialing', active: 'trialing', expired: 'trialing' },
  upgrade: { trialing: 'trialing', active: 'active', canceling: 'active' },
  downgrade: { trialing: 'trialing', active: 'active' },
  renew: {
    none: 'active',
    trialing: 'active',
    active: 'active',
    past_due: 'active',
    canceling: 'active',
    expired: 'active',
  },
  cancel: { trialing: 'canceling', active: 'canceling', past_due: 'expired' },
  resume: { trialing: 'trialing', active: 'active', canceling: 'active' },
  expire: { trialing: 'expired', active: 'expired', past_due: 'expired', canceling: 'expired' },
};

/** Refuses an act that a state does not allow: `subscription_state` (409). */
export function checkAct(act: SubscriptionAct, state: SubscriptionState): void {
  if (TRANSITIONS[act][state] !== undefined) return;
  const allowed = SUBSCRIPTION_STATES.filter((one) => TRANSITIONS[act][one] !== undefined);
  throw new Fault({
    code: 'subscription_state',
    status: 409,
    message:
      `A subscription that is '${state}' does not take '${act}'; ` +
      `this is for one that is ${allowed.map((one) => `'${one}'`).join(' or ')}.`,
  });
}
