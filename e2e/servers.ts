/** Two worktrees on one machine take different ports through E2E_PORT. */
const firstPort = Number(process.env.E2E_PORT ?? 4173);

const server = (port: number) => ({ port, url: `http://localhost:${port}` });

/** The built app, and the built pages under playground/, both served as a static host would. */
export const app = server(firstPort);
export const playground = server(firstPort + 1);
