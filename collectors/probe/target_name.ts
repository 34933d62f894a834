/**
 * How a target is called where it was given no name.
 *
 * @module
 */

const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#\\]*@/i;

/** A target's text without user-info. */
export function withoutUserInfo(text: string): string {
  return text.replace(USER_INFO, "$1");
}
