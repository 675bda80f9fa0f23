import { bannedNames } from './banned.ts';
import type { Breach, Rule } from './checkout.ts';
import { noSkipping, noSleeps, quietImports } from './habits.ts';
import { namedPathsExist } from './named-paths.ts';
import { installScripts, noDownloadAddresses, pinnedVersions, wholeLockfile } from './packages.ts';
import { everyFileReached } from './reached.ts';
import { doors, importDirection, knownRooms, outsideOfHouse } from './rooms.ts';
import { fileLength, functionLength, lineLength } from './size.ts';
import { kebabCase, leftOvers, machinePaths, noDrawers, registryHosts } from './words.ts';

/** Every wall of the house, in the order in which a reader would want to hear of it. */
export const rules: readonly Rule[] = [
  knownRooms,
  importDirection,
  doors,
  outsideOfHouse,
  everyFileReached,
  quietImports,
  bannedNames,
  fileLength,
  functionLength,
  lineLength,
  noDrawers,
  kebabCase,
  leftOvers,
  machinePaths,
  registryHosts,
  namedPathsExist,
  noSleeps,
  noSkipping,
  noDownloadAddresses,
  wholeLockfile,
  pinnedVersions,
  installScripts,
];

/** A breach as a test shows it: `path:line says what`. */
export const formatBreach = ({ path, line, says }: Breach) => `${path}:${line} ${says}`;
