import { defineConfig } from '@playwright/test';
import { chromiumArgs, findChromium } from './e2e/chromium.ts';
import { app, playground } from './e2e/servers.ts';

const preview = (build: string, outDir: string, port: number) => ({
  command: `npx vite build ${build} --logLevel error && npx vite preview --outDir ${outDir} --port ${port} --strictPort`,
  url: `http://localhost:${port}/`,
  timeout: 120_000,
  ignoreHTTPSErrors: false,
  // A server that is there already may serve another build.
  reuseExistingServer: false,
});

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One after the other: every page brings its own software GPU.
  workers: 1,
  timeout: 120_000,
  forbidOnly: !!process.env.CI,
  reporter: process.env.CI ? 'line' : 'list',
  use: {
    baseURL: app.url,
    viewport: { width: 1280, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: { executablePath: findChromium(), args: chromiumArgs },
  },
  webServer: [
    preview('', 'dist', app.port),
    {
      ...preview('--mode playground', '.cache/playground', playground.port),
      url: `${playground.url}/playground/viewer.html`,
    },
  ],
});
