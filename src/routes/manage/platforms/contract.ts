import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Name, Slug, UnitCode } from '../fields.ts';
import { listOf, Page } from '../lists.ts';

const Unit = z.object({ code: UnitCode, scale: z.int().min(0).max(12) });
const KeyPrefix = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{1,19}$/, '2 to 20 letters, digits, _ and -');
const Origin = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[\w.-]+(:\d{1,5})?$/, "an origin such as 'https://app.example.com'");
const Currency = z.string().regex(/^[A-Z]{3}$/, 'a code of ISO 4217');
const WebAddress = z.url({ protocol: /^https?$/ }).max(500);
const LABEL = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const Domain = z
  .string()
  .max(253)
  .regex(new RegExp(`^(${LABEL}\\.)+[a-z]{2,63}$`), 'a host name in small letters');
const TimeZone = z.string().min(1).max(64).describe('An IANA name. Days and months begin there.');

const Branding = z.object({
  logo_url: WebAddress.optional(),
  accent_color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .optional(),
  support_mail: z.email().max(254).optional(),
  support_url: WebAddress.optional(),
});
const HoldPolicy = z.object({
  default_output_tokens: z
    .int()
    .min(1)
    .max(10_000_000)
    .describe('Output tokens that a call is bounded to when it does not say.'),
  min_output_tokens: z
    .int()
    .min(1)
    .max(10_000_000)
    .describe('A wallet that does not pay for so many output tokens admits no such call.'),
});
const Logging = z.object({
  bodies: z.enum(['off', 'errors', 'all']).describe('Whose requests and answers are kept.'),
  redact: z.array(z.string().min(1).max(100)).max(100).describe('Fields that are blacked out.'),
  keep_days: z.int().min(1).max(365),
});

export const Platform = z
  .object({
    id: z.string(),
    object: z.literal('platform'),
    slug: z.string(),
    name: z.string(),
    status: z.enum(['active', 'suspended']),
    key_prefix: z.string(),
    key_scheme: z.enum(['sha256', 'bcrypt']),
    default_unit: z.string(),
    units: z.array(Unit),
    time_zone: z.string(),
    currencies: z.array(z.string()),
    hold_policy: HoldPolicy,
    cors_origins: z.array(z.string()),
    branding: Branding,
    logging: Logging,
    domain: z
      .object({
        name: z.string(),
        record: z.string().describe('The name of the TXT record that proves it.'),
        proof: z.string().describe('What that record says.'),
        verified_at: Instant.nullable(),
      })
      .nullable(),
    opens_platforms: z.boolean().describe('Its customers may open platforms of their own.'),
    opened_by: z.string().nullable().describe('The account that opened it.'),
    created_at: Instant,
  })
  .openapi('Platform');

export const createPlatform = manageRoute('user', {
  method: 'post',
  path: '/platforms',
  operationId: 'platforms.create',
  summary: 'Open a platform',
  description:
    'For who runs the instance, and for customers of a platform that lets them. Who opens a ' +
    'platform is its first owner.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              slug: Slug,
              name: Name,
              key_prefix: KeyPrefix.default('sk-fb-'),
              units: z
                .array(Unit)
                .min(1)
                .max(20)
                .default([{ code: 'USD', scale: 9 }])
                .describe('What its wallets count; the first is the default.'),
              time_zone: TimeZone.default('UTC'),
              account: z
                .string()
                .max(100)
                .optional()
                .describe('The account in whose name it is opened, by who has several.'),
            })
            .strict(),
        },
      },
    },
  },
  responses: { 201: json('The platform.', Platform) },
});

export const listPlatforms = manageRoute('user', {
  method: 'get',
  path: '/platforms',
  operationId: 'platforms.list',
  summary: 'List the platforms that you work for, or as the operator all',
  request: { query: Page },
  responses: { 200: json('A page of platforms, by id.', listOf(Platform)) },
});

const params = z.object({ platform: IdParam.describe('Slug or id.') });

export const getPlatform = manageRoute('viewer', {
  method: 'get',
  path: '/platforms/{platform}',
  operationId: 'platforms.get',
  summary: 'Get a platform and its settings',
  request: { params },
  responses: { 200: json('The platform.', Platform) },
});

export const updatePlatform = manageRoute('admin', {
  method: 'patch',
  path: '/platforms/{platform}',
  operationId: 'platforms.update',
  summary: 'Change settings of a platform; what is not given stays',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              name: Name,
              key_prefix: KeyPrefix,
              key_scheme: z.enum(['sha256', 'bcrypt']),
              default_unit: UnitCode,
              time_zone: TimeZone,
              currencies: z.array(Currency).min(1).max(50),
              hold_policy: HoldPolicy.partial().strict(),
              cors_origins: z.array(Origin).max(100),
              branding: Branding.strict(),
              logging: Logging.partial().strict(),
              domain: Domain.nullable().describe('null gives it up.'),
            })
            .partial()
            .strict(),
        },
      },
    },
  },
  responses: { 200: json('The platform as it is now.', Platform) },
});

export const addUnit = manageRoute('admin', {
  method: 'post',
  path: '/platforms/{platform}/units',
  operationId: 'platforms.add_unit',
  summary: 'Add a unit that wallets may count',
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: Unit.strict() } } },
  },
  responses: { 201: json('The platform as it is now.', Platform) },
});

export const verifyDomain = manageRoute('admin', {
  method: 'post',
  path: '/platforms/{platform}/verify-domain',
  operationId: 'platforms.verify_domain',
  summary: 'Look in the DNS for the proof that the domain is yours',
  request: { params },
  responses: { 200: json('The platform; its domain is verified.', Platform) },
});

const byOperator = (verb: string, summary: string) =>
  manageRoute('operator', {
    method: 'post',
    path: `/platforms/{platform}/${verb}`,
    operationId: `platforms.${verb.replaceAll('-', '_')}`,
    summary,
    request: { params },
    responses: { 200: json('The platform as it is now.', Platform) },
  });

export const suspendPlatform = byOperator('suspend', 'Admit no call of any of its accounts');
export const resumePlatform = byOperator('resume', 'Let a suspended platform go on');
export const openForPlatforms = byOperator(
  'allow-platforms',
  'Let its customers open platforms of their own',
);
export const closeForPlatforms = byOperator(
  'refuse-platforms',
  'Let its customers open no more platforms',
);
