/** Something is not what it must be. */
export class Discovery extends Error {}
