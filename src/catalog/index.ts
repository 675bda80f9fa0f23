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
export type { Prices } from './price-set.ts';
export { type NewPrice, type PublishedPrice, publishPrice, publishPrices } from './prices.ts';
export { PRODUCT_KINDS, type ProductKind } from './product-kind.ts';
export {
  createProduct,
  findProductId,
  type NewProduct,
  type ProductRoute,
  routeProduct,
} from './products.ts';
export {
  createUpstream,
  findUpstream,
  listUpstreams,
  type NewUpstream,
  type UpstreamState,
} from './upstreams.ts';
