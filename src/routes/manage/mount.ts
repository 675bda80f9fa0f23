import { createRouteGroup, type ManagedApp } from '../../http/index.ts';
import { mountAccounts } from './accounts/handler.ts';
import { mountAudit } from './audit/handler.ts';
import { mountCalls } from './calls/handler.ts';
import { mountCodes } from './codes/handler.ts';
import { mountGrants } from './grants/handler.ts';
import { mountImports } from './imports/handler.ts';
import { mountIssuers } from './issuers/handler.ts';
import { mountKeys } from './keys/handler.ts';
import { mountMails } from './mails/handler.ts';
import { createManage, type ManageParts } from './manage.ts';
import { mountMargin } from './margin/handler.ts';
import { mountMe } from './me/handler.ts';
import { mountMerges } from './merges/handler.ts';
import { mountPackages } from './packages/handler.ts';
import { mountPeople } from './people/handler.ts';
import { mountPlans } from './plans/handler.ts';
import { mountPlatforms } from './platforms/handler.ts';
import { mountPriceDrafts } from './price-drafts/handler.ts';
import { mountPrices } from './prices/handler.ts';
import { mountProducts } from './products/handler.ts';
import { mountSubscriptions } from './subscriptions/handler.ts';
import { mountTokens } from './tokens/handler.ts';
import { mountTransactions } from './transactions/handler.ts';
import { mountUpstreams } from './upstreams/handler.ts';
import { mountUsage } from './usage/handler.ts';
import { mountUsageEvents } from './usage-events/handler.ts';
import { speakVersion } from './version.ts';
import { mountWallets } from './wallets/handler.ts';

const PREFIX = '/manage/v1';

/** Whether the bodies of a path come piece by piece, however large they are together. */
export const takesStreams = (path: string): boolean => path === `${PREFIX}/imports`;

/** Mounts the management API: everything that a seller and a customer do beside calling. */
export function mountManage(app: ManagedApp, parts: ManageParts): void {
  app.use(`${PREFIX}/*`, speakVersion);
  const group = createRouteGroup();
  const manage = createManage(group, parts);
  mountMe(manage);
  mountPlatforms(manage);
  mountPeople(manage);
  mountTokens(manage);
  mountAccounts(manage);
  mountPlans(manage);
  mountSubscriptions(manage);
  mountPackages(manage);
  mountCodes(manage);
  mountKeys(manage);
  mountWallets(manage);
  mountGrants(manage);
  mountTransactions(manage);
  mountMerges(manage);
  mountImports(manage);
  mountAudit(manage);
  mountCalls(manage);
  mountUsage(manage);
  mountUsageEvents(manage);
  mountProducts(manage);
  mountUpstreams(manage);
  mountPrices(manage);
  mountPriceDrafts(manage);
  mountMargin(manage);
  mountMails(manage);
  mountIssuers(manage);
  app.route(PREFIX, group);
  const schemes = app.openAPIRegistry;
  schemes.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  schemes.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'farebox.session_token',
  });
}
