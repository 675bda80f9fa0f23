export { ALLOWANCE_WINDOWS, type Allowance, type NewAllowance } from './allowances.ts';
export { type Catalog, createCatalog } from './catalog.ts';
export {
  createCodes,
  listCodes,
  type NewCodes,
  type Redemption,
  type RedemptionCode,
  redeemCode,
  revokeCode,
} from './codes.ts';
export {
  type ExactJson,
  type ExactObject,
  isExactNumber,
  isExactObject,
  parseExactJson,
} from './import/exact-json.ts';
export {
  type ImportOptions,
  type ImportReport,
  importCatalog,
} from './import/import-catalog.ts';
export type { NotPriced, Refused } from './import/listing.ts';
export type { ListingFormat } from './import/read-listing.ts';
export type { Product, Route } from './load-snapshot.ts';
export {
  changePackage,
  createPackage,
  creditPackage,
  findPackage,
  listPackages,
  type NewPackage,
  type Package,
  type PackageTerms,
  type PaidPackage,
  packageNotFound,
} from './packages.ts';
export {
  changePlan,
  changePlanLimits,
  createPlan,
  findPlan,
  listPlans,
  type NewPlan,
  type Plan,
  type PlanTerms,
  planNotFound,
} from './plans.ts';
export { createBookReader } from './price-books.ts';
export { type ComponentChange, diffPrices } from './price-diff.ts';
export {
  changePriceDraft,
  createPriceDraft,
  type DraftChanges,
  deletePriceDraft,
  listPriceDrafts,
  type PriceDraft,
  publishPriceDraft,
  requirePriceDraft,
} from './price-drafts.ts';
export type { Prices } from './price-set.ts';
export {
  currentPriceVersion,
  listPriceVersions,
  type PublishedVersion,
  priceBefore,
  requirePriceVersion,
  rollBackPrice,
  withdrawPrice,
} from './price-versions.ts';
export {
  type NewPrice,
  type PriceKind,
  type PublishedPrice,
  publishPrice,
  publishPrices,
} from './prices.ts';
export { PRODUCT_KINDS, type ProductKind } from './product-kind.ts';
export {
  changeProduct,
  listProductStates,
  listRoutes,
  type ProductChanges,
  type ProductState,
  type RouteState,
  removeRoute,
  requireProductState,
} from './product-states.ts';
export {
  createProduct,
  findProductId,
  type NewProduct,
  type ProductRoute,
  routeProduct,
} from './products.ts';
export { type NewResale, type Resale, resellProduct } from './resales.ts';
export {
  changeUpstream,
  createUpstream,
  findUpstream,
  listUpstreams,
  type NewUpstream,
  openCredential,
  requireUpstream,
  type UpstreamChanges,
  type UpstreamState,
} from './upstreams.ts';
