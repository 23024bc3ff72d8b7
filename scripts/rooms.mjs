/** Which room under src/ may import which. Kept by eslint.config.js; docs/architecture.md says what each holds. */
export const rooms = {
  volume: [],
  offline: [],
  formats: ['volume'],
  lungs: ['volume'],
  findings: ['volume'],
  simulation: ['volume', 'formats'],
  network: ['volume', 'formats'],
  engine: ['network', 'formats'],
  diagnosis: ['volume', 'formats', 'lungs', 'findings', 'network', 'engine'],
  lab: ['volume', 'formats', 'lungs', 'findings', 'simulation', 'network', 'engine', 'diagnosis'],
  viewer: ['volume'],
  app: ['volume', 'offline', 'formats', 'findings', 'simulation', 'diagnosis', 'viewer'],
};
