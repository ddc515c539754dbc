import { describeStatus } from "./describe-status.ts";
import { make } from "./dom.ts";
import type { Inspectable } from "./inspectable.ts";
import { createPanel } from "./panel.ts";
import { STYLES } from "./styles.ts";

/**
 * `<holdfast-inspector>`. Attributes: `open` shows the panel, `inline` puts it into the page's flow instead of the
 * corner. Without a client it says so.
 */
export interface HoldfastInspector extends HTMLElement {
  client: Inspectable | undefined;
}

/** What is drawn at most once in this time, in milliseconds: a busy page is watched, not slowed. */
const PACE_MS = 200;

/** Makes the class when it is wanted, since a server that imports this has no `HTMLElement`. */
export function createInspectorClass(): CustomElementConstructor & { new (): HoldfastInspector } {
  return class extends HTMLElement implements HoldfastInspector {
    static readonly observedAttributes = ["open"];
    #client: Inspectable | undefined;
    #panel: ReturnType<typeof createPanel> | undefined;
    #leave: (() => void)[] = [];
    #due: ReturnType<typeof setTimeout> | undefined;
    #isDueSoon = false;
    readonly #text = make("span", { textContent: "no client" });
    readonly #pill = make(
      "button",
      { type: "button", className: "pill", ariaExpanded: "false", ariaLabel: "Holdfast inspector" },
      make("span", { className: "dot", ariaHidden: "true" }),
      this.#text,
    );

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
      root.adoptedStyleSheets = [sheet];
      root.append(this.#pill);
      this.#pill.addEventListener("click", () => this.toggleAttribute("open"));
      root.addEventListener("keydown", (event) => {
        if (!(event instanceof KeyboardEvent) || event.key !== "Escape" || !this.hasAttribute("open")) return;
        this.removeAttribute("open");
        this.#pill.focus();
      });
    }

    get client(): Inspectable | undefined {
      return this.#client;
    }

    set client(client: Inspectable | undefined) {
      this.#unfollow();
      this.#client = client;
      this.#panel?.element.remove();
      this.#panel = undefined;
      if (this.isConnected) this.#follow();
    }

    connectedCallback(): void {
      this.#follow();
    }

    disconnectedCallback(): void {
      this.#unfollow();
    }

    attributeChangedCallback(): void {
      const isOpen = this.hasAttribute("open");
      this.#pill.ariaExpanded = String(isOpen);
      if (this.isConnected) this.#draw();
    }

    #follow(): void {
      this.#unfollow();
      const client = this.#client;
      if (client !== undefined) {
        const soon = (): void => {
          if (this.#isDueSoon) return;
          this.#isDueSoon = true;
          this.#drawIn(PACE_MS);
        };
        this.#leave = [client.status, client.mutations, client.trace].map((source) => source.subscribe(soon));
      }
      this.#draw();
    }

    #unfollow(): void {
      for (const leave of this.#leave.splice(0)) leave();
      clearTimeout(this.#due);
      this.#isDueSoon = false;
    }

    #drawIn(delayMs: number): void {
      clearTimeout(this.#due);
      this.#due = setTimeout(() => this.#draw(), delayMs);
    }

    #draw(): void {
      clearTimeout(this.#due);
      this.#isDueSoon = false;
      const client = this.#client;
      const isOpen = client !== undefined && this.hasAttribute("open");
      if (this.#panel !== undefined) this.#panel.element.hidden = !isOpen;
      if (client === undefined) {
        this.#text.textContent = "no client: set its property `client`";
        return;
      }
      const now = Date.now();
      const status = client.status.getSnapshot();
      const { pending } = client.mutations.getSnapshot();
      this.#pill.dataset["name"] = status.name;
      // The closed pill holds still while all is well; only the open one counts seconds.
      const short =
        status.name === "live" || status.name === "idle" ? status.name : describeStatus(status, now);
      this.#text.textContent = pending.length === 0 ? short : `${short}; ${pending.length} pending`;
      this.#pill.ariaLabel = `Holdfast inspector: ${this.#text.textContent}`;
      if (isOpen) {
        if (this.#panel === undefined) {
          this.#panel = createPanel(client);
          this.#pill.before(this.#panel.element);
        }
        this.#panel.draw(now);
      }
      // Countdowns and ages move on by themselves.
      const isCounting = isOpen || status.name === "waiting" || status.name === "offline";
      if (isCounting && this.isConnected) this.#drawIn(1_000);
    }
  };
}
