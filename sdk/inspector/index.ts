import { createInspectorClass, type HoldfastInspector } from "./element.ts";

export type { HoldfastInspector } from "./element.ts";
export type { Inspectable } from "./inspectable.ts";

const NAME = "holdfast-inspector";

/**
 * Defines `<holdfast-inspector>`; done by importing this entry in a page, and once however often it is called.
 * @param registry another one than the page's, for a page inside a page.
 */
export function defineInspector(registry: CustomElementRegistry = customElements): void {
  if (registry.get(NAME) === undefined) registry.define(NAME, createInspectorClass());
}

// The one entry that does something when imported: the element is what it is imported for. On a server, nothing.
if (typeof customElements !== "undefined") defineInspector();

declare global {
  interface HTMLElementTagNameMap {
    readonly "holdfast-inspector": HoldfastInspector;
  }
}
