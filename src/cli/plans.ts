import type { Command } from 'commander';
import {
  changePlan,
  changePlanLimits,
  createPlan,
  findPlan,
  listPlans,
  type Plan,
} from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { Fault, formatRowId, type Unit } from '../kernel/index.ts';
import {
  assignPlan,
  defaultUnitOf,
  listUnits,
  type Platform,
  setAccountPlan,
} from '../tenants/index.ts';
import { type Answer, addNoun, answers, type Shell, type Task } from './answer.ts';
import {
  type LimitFlags,
  limitsJson,
  limitsText,
  readLimitFlags,
  withLimitFlags,
} from './limits.ts';
import {
  allowancesText,
  pricesText,
  readTermFlags,
  type TermFlags,
  termsJson,
  withTermFlags,
} from './plan-terms.ts';
import {
  ACCOUNT_FLAG,
  accountName,
  PLATFORM_FLAG,
  requireAccount,
  requirePlatform,
} from './require.ts';
import { fields, table } from './table.ts';
import { isoTime } from './values.ts';

interface OnPlatform {
  readonly platform: string;
}

interface OfAccount extends OnPlatform {
  readonly account: string;
}

/** `farebox plans` */
export function addPlans(program: Command, shell: Shell): void {
  const noun = addNoun(
    program,
    'plans',
    'what customers may be put on: allowances, limits, prices',
  );
  addCreate(noun, shell);
  addList(noun, shell);
  addChange(noun, shell);
  addSetLimits(noun, shell);
  addAssign(noun, shell);
  addUnassign(noun, shell);
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description('make a plan')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--slug <slug>', 'small letters, digits and hyphens')
    .requiredOption('--name <name>', 'what people read');
  answers<OnPlatform & LimitFlags & TermFlags & { slug: string; name: string }>(
    shell,
    withLimitFlags(withTermFlags(command)),
    async ({ instance: { db, ids }, options, perform }) => {
      const platform = await requirePlatform(db, options.platform);
      const unit = await defaultUnitOf(db, platform.id);
      const { slug, name } = options;
      const limits = readLimitFlags(options, unit);
      const terms = readTermFlags(options, await listUnits(db, platform.id));
      const made = { ...terms, platformId: platform.id, slug, name, limits };
      const { plan } = await perform(async (tx) => {
        const created = await createPlan(tx, ids, made);
        const after = planJson(platform, created, unit);
        const act = { platformId: platform.id, action: 'plan.create', subject: after.id, after };
        return { act, plan: created };
      });
      return planAnswer(platform, plan, unit);
    },
  );
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description("show a platform's plans")
    .requiredOption(...PLATFORM_FLAG);
  answers<OnPlatform>(shell, command, async ({ instance: { db }, options }) => {
    const platform = await requirePlatform(db, options.platform);
    const unit = await defaultUnitOf(db, platform.id);
    const plans = await listPlans(db, platform.id);
    const rows = plans.map((plan) => [
      ...[plan.slug, plan.name, allowancesText(plan.allowances), pricesText(plan.prices)],
      ...[limitsText(plan.limits, unit), plan.isDefault, plan.active],
    ]);
    const headings = ['slug', 'name', 'gives', 'prices', 'limits', 'default', 'offered'];
    return {
      json: { data: plans.map((plan) => planJson(platform, plan, unit)) },
      text: table(headings, rows, 'No plans.'),
    };
  });
}

function addChange(noun: Command, shell: Shell): void {
  const command = noun
    .command('change')
    .description("change a plan's terms, for all accounts on it; what is not given stays")
    .argument('<plan>', 'its slug')
    .requiredOption(...PLATFORM_FLAG)
    .option('--name <name>', 'what people read')
    .option('--active', 'offer it again');
  answers<OnPlatform & TermFlags & { name?: string }>(shell, withTermFlags(command), (task) =>
    change(task, async (tx, { platform, plan }) => {
      const terms = readTermFlags(task.options, await listUnits(tx, platform.id));
      const { name, active } = task.options;
      return changePlan(tx, platform.id, plan.id, { ...terms, name, active });
    }),
  );
}

function addSetLimits(noun: Command, shell: Shell): void {
  const command = noun
    .command('set-limits')
    .description("change a plan's limits, for all accounts on it; the others stay, 'none' ends one")
    .argument('<plan>', 'its slug')
    .requiredOption(...PLATFORM_FLAG);
  answers<OnPlatform & LimitFlags>(shell, withLimitFlags(command), (task) =>
    change(task, (tx, { platform, plan, unit }) =>
      changePlanLimits(tx, platform.id, plan.id, readLimitFlags(task.options, unit)),
    ),
  );
}

function addAssign(noun: Command, shell: Shell): void {
  const command = noun
    .command('assign')
    .description('put an account on a plan, instead of the one that it is on')
    .argument('<plan>', "the plan's slug")
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG)
    .option('--until <time>', 'when it ends, in ISO 8601 (default: never)', isoTime);
  type Options = OfAccount & { until?: Date };
  answers<Options>(shell, command, async (task) => {
    const {
      instance: { db },
      options,
      args: [slug = ''],
    } = task;
    const { id } = await requirePlan(db, await requirePlatform(db, options.platform), slug);
    const { json } = await changePlanOf(task, 'assign', (tx, of) =>
      assignPlan(tx, { ...of, planId: id, until: options.until }),
    );
    return { json, text: `${json.account} is on the plan '${json.plan}'.\n` };
  });
}

function addUnassign(noun: Command, shell: Shell): void {
  const command = noun
    .command('unassign')
    .description('take an account off its plan; the default one goes then, if there is one')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG);
  answers<OfAccount>(shell, command, async (task) => {
    const { json } = await changePlanOf(task, 'unassign', (tx, of) =>
      setAccountPlan(tx, of.platformId, of.accountId, null),
    );
    const { account, plan } = json;
    const on = plan === null ? 'no plan' : `the plan '${plan}'`;
    return { json, text: `${account} is on ${on}.\n` };
  });
}

interface OfPlan {
  readonly platform: Platform;
  readonly plan: Plan;
  readonly unit: Unit;
}

/** Changes the plan that a command names, and puts that on record. */
async function change(
  { instance: { db }, options, args: [slug = ''], perform }: Task<OnPlatform>,
  alter: (tx: Queryable, of: OfPlan) => Promise<Plan>,
): Promise<Answer> {
  const platform = await requirePlatform(db, options.platform);
  const unit = await defaultUnitOf(db, platform.id);
  const { changed } = await perform(async (tx) => {
    const plan = await requirePlan(tx, platform, slug);
    const before = planJson(platform, plan, unit);
    const altered = await alter(tx, { platform, plan, unit });
    const after = planJson(platform, altered, unit);
    const of = { platformId: platform.id, action: 'plan.update', subject: after.id };
    return { act: { ...of, before, after }, changed: altered };
  });
  return planAnswer(platform, changed, unit);
}

/** Changes which plan an account is on, and puts that on record. */
async function changePlanOf(
  { instance: { db }, options, perform }: Task<OfAccount>,
  how: 'assign' | 'unassign',
  alter: (tx: Queryable, of: { platformId: bigint; accountId: bigint }) => Promise<unknown>,
) {
  const platform = await requirePlatform(db, options.platform);
  return perform(async (tx) => {
    const was = await requireAccount(tx, platform, options.account);
    await alter(tx, { platformId: platform.id, accountId: was.id });
    const { plan } = await requireAccount(tx, platform, options.account);
    const act = {
      ...{ platformId: platform.id, action: 'subscription.change' },
      subject: formatRowId('acc', was.id),
      before: { plan: was.plan },
      after: { plan, act: how },
    };
    return { act, json: { platform: platform.slug, account: accountName(was), plan } };
  });
}

function planAnswer(platform: Platform, plan: Plan, unit: Unit): Answer {
  const text = fields({
    plan: plan.slug,
    name: plan.name,
    platform: platform.slug,
    gives: allowancesText(plan.allowances),
    prices: pricesText(plan.prices),
    limits: limitsText(plan.limits, unit),
    default: plan.isDefault,
    offered: plan.active,
  });
  return { json: planJson(platform, plan, unit), text };
}

function planJson(platform: Platform, plan: Plan, unit: Unit) {
  return {
    id: formatRowId('pln', plan.id),
    platform: platform.slug,
    slug: plan.slug,
    name: plan.name,
    limits: limitsJson(plan.limits, unit),
    ...termsJson(plan),
    created_at: plan.createdAt.toISOString(),
  };
}

async function requirePlan(db: Queryable, platform: Platform, slug: string): Promise<Plan> {
  const plan = await findPlan(db, platform.id, slug);
  if (plan !== undefined) return plan;
  throw new Fault({
    code: 'plan_not_found',
    status: 404,
    message: `The platform '${platform.slug}' has no plan '${slug}'.`,
  });
}
