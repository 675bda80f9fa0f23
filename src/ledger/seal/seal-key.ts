import type { MacKey, SecretBox } from '../../kernel/index.ts';

/** The key that the journal is sealed with: the instance's own, derived for this purpose. */
export function sealKey(secrets: SecretBox): MacKey {
  return secrets.macKey('seal of the journal');
}
