import { useEffect, useRef } from "react";
import type { DomainEventName, DomainEvents, Envelope } from "../protocol/index.ts";

type Listener<E extends DomainEventName> = (
  event: Envelope<DomainEvents[E]> & { readonly replayed: boolean },
) => void;

/**
 * Calls the listener for each domain event while the component is mounted; it may be another function at every render.
 * @example useEvent(client, "notify:session_completed", ({ data }) => toast(data.name));
 */
export function useEvent<E extends DomainEventName>(
  client: { on<Name extends DomainEventName>(event: Name, listener: Listener<Name>): () => void },
  event: E,
  listener: Listener<E>,
): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => client.on(event, (envelope) => latest.current(envelope)), [client, event]);
}
