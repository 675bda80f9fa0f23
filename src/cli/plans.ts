import type { Command } from 'commander';
import { changePlanLimits, createPlan, findPlan, listPlans, type Plan } from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { Fault, formatRowId, type Unit } from '../kernel/index.ts';
import { defaultUnitOf, type Platform, setAccountPlan } from '../tenants/index.ts';
import { type Answer, addNoun, answers, type Shell } from './answer.ts';
import {
  type LimitFlags,
  limitsJson,
  limitsText,
  readLimitFlags,
  withLimitFlags,
} from './limits.ts';
import {
  ACCOUNT_FLAG,
  accountName,
  PLATFORM_FLAG,
  requireAccount,
  requirePlatform,
} from './require.ts';
import { fields, table } from './table.ts';

interface OnPlatform {
  readonly platform: string;
}

interface OfAccount extends OnPlatform {
  readonly account: string;
}

/** `farebox plans` */
export function addPlans(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'plans', 'what customers may be put on: limits for each account');
  addCreate(noun, shell);
  addList(noun, shell);
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
  answers<OnPlatform & LimitFlags & { slug: string; name: string }>(
    shell,
    withLimitFlags(command),
    async ({ instance: { db, ids }, options }) => {
      const platform = await requirePlatform(db, options.platform);
      const unit = await defaultUnitOf(db, platform.id);
      const { slug, name } = options;
      const limits = readLimitFlags(options, unit);
      const plan = await createPlan(db, ids, { platformId: platform.id, slug, name, limits });
      return planAnswer(platform, plan, unit);
    },
  );
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description("show a platform's plans and their limits")
    .requiredOption(...PLATFORM_FLAG);
  answers<OnPlatform>(shell, command, async ({ instance: { db }, options }) => {
    const platform = await requirePlatform(db, options.platform);
    const unit = await defaultUnitOf(db, platform.id);
    const plans = await listPlans(db, platform.id);
    const rows = plans.map((plan) => [plan.slug, plan.name, limitsText(plan.limits, unit)]);
    return {
      json: { data: plans.map((plan) => planJson(platform, plan, unit)) },
      text: table(['slug', 'name', 'limits'], rows, 'No plans.'),
    };
  });
}

function addSetLimits(noun: Command, shell: Shell): void {
  const command = noun
    .command('set-limits')
    .description("change a plan's limits, for all accounts on it; the others stay, 'none' ends one")
    .argument('<plan>', 'its slug')
    .requiredOption(...PLATFORM_FLAG);
  answers<OnPlatform & LimitFlags>(
    shell,
    withLimitFlags(command),
    async ({ instance: { db }, options, args: [slug = ''] }) => {
      const platform = await requirePlatform(db, options.platform);
      const unit = await defaultUnitOf(db, platform.id);
      const { id } = await requirePlan(db, platform, slug);
      const changes = readLimitFlags(options, unit);
      return planAnswer(platform, await changePlanLimits(db, platform.id, id, changes), unit);
    },
  );
}

function addAssign(noun: Command, shell: Shell): void {
  const command = noun
    .command('assign')
    .description('put an account on a plan, instead of the one that it is on')
    .argument('<plan>', "the plan's slug")
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG);
  answers<OfAccount>(shell, command, async ({ instance: { db }, options, args: [slug = ''] }) => {
    const platform = await requirePlatform(db, options.platform);
    const account = await requireAccount(db, platform, options.account);
    const plan = await requirePlan(db, platform, slug);
    const changed = await setAccountPlan(db, platform.id, account.id, plan.id);
    const name = accountName(changed);
    return {
      json: { platform: platform.slug, account: name, plan: changed.plan },
      text: `${name} is on the plan '${changed.plan}'.\n`,
    };
  });
}

function addUnassign(noun: Command, shell: Shell): void {
  const command = noun
    .command('unassign')
    .description('take an account off its plan')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG);
  answers<OfAccount>(shell, command, async ({ instance: { db }, options }) => {
    const platform = await requirePlatform(db, options.platform);
    const account = await requireAccount(db, platform, options.account);
    const name = accountName(await setAccountPlan(db, platform.id, account.id, null));
    return {
      json: { platform: platform.slug, account: name, plan: null },
      text: `${name} is on no plan.\n`,
    };
  });
}

function planAnswer(platform: Platform, plan: Plan, unit: Unit): Answer {
  const text = fields({
    plan: plan.slug,
    name: plan.name,
    platform: platform.slug,
    limits: limitsText(plan.limits, unit),
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
