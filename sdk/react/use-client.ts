import { type DependencyList, useEffect, useMemo, useRef, useState } from "react";

interface Connectable {
  connect(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A client that lives as long as the component: connected once it is mounted, closed once it is gone, and another one
 * when a dependency changes or a hidden tree is shown again. A refusal is in `client.status`, like every other state.
 * @param create makes the client and nothing else: React may call it for a render that it then throws away.
 * @example const client = useClient(() => createClient({ url, projectId }), [url, projectId]);
 */
export function useClient<C extends Connectable>(create: () => C, dependencies: DependencyList): C {
  const [lives, setLives] = useState(0);
  const client = useMemo(create, [...dependencies, lives]);
  const shown = useRef(client);
  const leaving = useRef(new Map<C, ReturnType<typeof setTimeout>>());
  useEffect(() => {
    shown.current = client;
    const { current: closings } = leaving;
    const closing = closings.get(client);
    if (closing === undefined) client.connect().catch(() => {});
    else clearTimeout(closing);
    closings.delete(client);
    return () => {
      // A strict tree unmounts and mounts again at once: only who stays away is closed, and that is for good.
      const close = (): void => {
        closings.delete(client);
        client.close().catch(() => {});
        if (shown.current === client) setLives((count) => count + 1);
      };
      closings.set(client, setTimeout(close));
    };
  }, [client]);
  return client;
}
