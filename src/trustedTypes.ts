/** The one policy for Trusted Types, imported first by the page: text becomes no markup at all, and scripts
 *  come from the page's own origin. Cornerstone empties elements through `innerHTML`, and packages start workers by
 *  address; both go through here. Browsers without Trusted Types have the content policy alone. */
interface PolicyFactory {
  createPolicy(
    name: 'default',
    rules: { createHTML(text: string): string; createScriptURL(address: string): string },
  ): unknown;
}

(globalThis as { trustedTypes?: PolicyFactory }).trustedTypes?.createPolicy('default', {
  createHTML(text) {
    if (text !== '') throw new TypeError('Text was about to become markup.');
    return text;
  },
  createScriptURL(address) {
    if (new URL(address, location.href).origin !== location.origin) {
      throw new TypeError('A script was about to come from elsewhere.');
    }
    return address;
  },
});
