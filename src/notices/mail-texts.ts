/** What a mail says, in plain text. */
export interface MailText {
  readonly subject: string;
  readonly body: string;
}

const END = `
You get this mail because your address was entered there. If that was not you, ignore it: nothing
happens without the link.
`;

/** Asks somebody to show that an address is theirs. */
export function verificationMail(instance: string, url: string): MailText {
  return {
    subject: 'Confirm your mail address',
    body: `Open this link to confirm your address for ${instance}. It works for 24 hours.

${url}
${END}`,
  };
}

/** Lets somebody set a new password. */
export function resetMail(instance: string, url: string): MailText {
  return {
    subject: 'Set a new password',
    body: `Open this link to set a new password for ${instance}. It works once, within an hour.

${url}
${END}`,
  };
}

/** Answers a sign-up with an address that has a user already, so that only its owner learns it. */
export function knownAddressMail(instance: string): MailText {
  return {
    subject: 'You have an account already',
    body: `Somebody, probably you, wanted to sign up for ${instance} with this address. It has an
account there already: sign in, or ask for a new password if you do not know yours any more.

If that was not you, ignore this mail: nothing was changed.
`,
  };
}

/** Tells something that happened, line by line. */
export function noticeMail(subject: string, lines: readonly string[]): MailText {
  return { subject, body: `${lines.join('\n')}\n` };
}
