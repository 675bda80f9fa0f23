import { resolve } from 'node:path';
import { z } from 'zod';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not between ${min} and ${max}`);

const isUrl = (protocols: readonly string[]) => (text: string) =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol);

/** A host name or address, with a port or without; an IPv6 address in brackets. */
const HOST = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/;

const secretBytes = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=?$/, 'is not 32 bytes in base64')
  .transform((text) => Buffer.from(text, 'base64'));

/** Every setting, as the environment has it, and what makes it valid. */
export const Values = z.object({
  PORT: wholeNumber(0, 65_535),
  HOST: z.string().regex(/^[\w.:-]+$/, 'is not a host name or address'),
  FAREBOX_DATA: z.string().transform((path) => resolve(path)),
  DATABASE_URL: z.string().optional(),
  FAREBOX_SECRET_KEY: secretBytes.optional(),
  FAREBOX_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    error: 'is not a log level',
  }),
  FAREBOX_SHUTDOWN_SECONDS: wholeNumber(0, 3_600),
  FAREBOX_MAX_BODY_BYTES: wholeNumber(1_024, 1_073_741_824),
  FAREBOX_DB_CONNECTIONS: wholeNumber(2, 1_000),
  FAREBOX_KEEP_CALLS_DAYS: wholeNumber(35, 36_500).optional(),
  WORKERS: wholeNumber(1, 64),
  FAREBOX_PUBLIC_URL: z
    .string()
    .refine(isUrl(['http:', 'https:']), 'is not a web address')
    .refine((text) => !/[?#@]/.test(text), 'has a query, a fragment or a user name')
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  FAREBOX_TRUSTED_PROXIES: wholeNumber(0, 10),
  FAREBOX_ALLOWED_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .refine((hosts) => hosts.every((host) => HOST.test(host)), 'is not a list of host names')
    .optional(),
  FAREBOX_SMTP_URL: z
    .string()
    .refine(isUrl(['smtp:', 'smtps:']), 'is not the address of a mail server')
    .optional(),
  FAREBOX_MAIL_FROM: z
    .string()
    .regex(/^([^<>@\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?$/, 'is not a mail address')
    .optional(),
  GITHUB_CLIENT_ID: z.string().optional(),
  GITHUB_CLIENT_SECRET: z.string().optional(),
  FAREBOX_OIDC_ISSUER: z
    .string()
    .refine(isUrl(['https:', 'http:']), 'is not a web address')
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  FAREBOX_OIDC_CLIENT_ID: z.string().optional(),
  FAREBOX_OIDC_CLIENT_SECRET: z.string().optional(),
  FAREBOX_OIDC_NAME: z.string().max(40, 'is longer than 40 characters').optional(),
});

/** The name of a setting, as the environment has it. */
export type SettingName = keyof typeof Values.shape;

/** Secrets may come from a file instead, and are never shown. */
export const SECRETS: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'FAREBOX_SECRET_KEY',
  'FAREBOX_SMTP_URL',
  'GITHUB_CLIENT_SECRET',
  'FAREBOX_OIDC_CLIENT_SECRET',
]);

export const DEFAULTS: Partial<Record<SettingName, string>> = {
  PORT: '3000',
  HOST: '127.0.0.1',
  FAREBOX_LOG_LEVEL: 'info',
  FAREBOX_SHUTDOWN_SECONDS: '30',
  FAREBOX_MAX_BODY_BYTES: '10485760',
  FAREBOX_DB_CONNECTIONS: '10',
  WORKERS: '1',
  FAREBOX_TRUSTED_PROXIES: '0',
  FAREBOX_OIDC_NAME: 'Single sign-on',
};

/** What to do about a value that is not valid. */
export const HINTS: Record<SettingName, string> = {
  PORT: 'Give a port from 0 to 65535; 0 takes any free one.',
  HOST: 'Give an address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for all.',
  FAREBOX_DATA: 'Give the path of a folder that this process may write.',
  DATABASE_URL: 'Give postgres://USER:PASSWORD@HOST:PORT/NAME, or leave it out.',
  FAREBOX_SECRET_KEY: "Make one with 'openssl rand -base64 32', or leave it out.",
  FAREBOX_LOG_LEVEL: 'Give one of trace, debug, info, warn, error, fatal, silent.',
  FAREBOX_SHUTDOWN_SECONDS: 'Give the seconds that streams may go on after SIGTERM (0 to 3600).',
  FAREBOX_MAX_BODY_BYTES: 'Give the largest request body in bytes (1024 to 1073741824).',
  FAREBOX_DB_CONNECTIONS: 'Give the number of database connections of a process (2 to 1000).',
  FAREBOX_KEEP_CALLS_DAYS: 'Give the days (35 to 36500), or leave it out to keep all calls.',
  WORKERS: 'Give the number of processes that serve together (1 to 64); no more than cores.',
  FAREBOX_PUBLIC_URL: 'Give the address that clients use, such as https://api.example.com.',
  FAREBOX_TRUSTED_PROXIES: 'Give how many proxies of yours stand in front (0 to 10).',
  FAREBOX_ALLOWED_HOSTS: 'Give hosts with commas between them, such as idp.internal:8443.',
  FAREBOX_SMTP_URL: 'Give smtp://USER:PASSWORD@HOST:PORT, or leave it out.',
  FAREBOX_MAIL_FROM: "Give the sender's address, such as Example <no-reply@example.com>.",
  GITHUB_CLIENT_ID: 'Set both GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, or none.',
  GITHUB_CLIENT_SECRET: 'Set both GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, or none.',
  FAREBOX_OIDC_ISSUER: 'Set all of FAREBOX_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET, or none.',
  FAREBOX_OIDC_CLIENT_ID: 'Set all of FAREBOX_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET.',
  FAREBOX_OIDC_CLIENT_SECRET: 'Set all of FAREBOX_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET.',
  FAREBOX_OIDC_NAME: 'Give what people read on the button, at most 40 characters.',
};

/** What is of use only together: when one of a group is set, so are the others. */
export const TOGETHER: readonly (readonly SettingName[])[] = [
  ['FAREBOX_SMTP_URL', 'FAREBOX_MAIL_FROM'],
  ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
  ['FAREBOX_OIDC_ISSUER', 'FAREBOX_OIDC_CLIENT_ID', 'FAREBOX_OIDC_CLIENT_SECRET'],
];
