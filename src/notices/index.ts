export { listMails, type OutboxMail } from './list-mails.ts';
export type { SmtpSettings } from './mail-server.ts';
export {
  knownAddressMail,
  type MailText,
  noticeMail,
  resetMail,
  verificationMail,
} from './mail-texts.ts';
export {
  createMailer,
  createOutbox,
  type Mailer,
  type MailerParts,
  type NewMail,
} from './mailer.ts';
