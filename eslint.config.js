/** House rules. The rooms under src/ and what each may import stand in docs/architecture.md;
 *  the table below is what the linter keeps, and a test holds the two together. */
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { rooms } from './scripts/rooms.mjs';

const everyRoom = Object.keys(rooms);
const roomRules = everyRoom.map((room) => {
  const forbidden = everyRoom.filter(
    (other) => other !== room && !rooms[room].some((allowed) => allowed.split('/')[0] === other),
  );
  return {
    files: [`src/${room}/**/*.{ts,tsx}`],
    ignores: ['**/*.test.ts', '**/*.test.tsx'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...forbidden.map((other) => ({
              regex: `^(\\.\\./)+${other}/`,
              message: `The room ${room} may not import ${other} (docs/architecture.md).`,
            })),
            ...packageRules(room),
          ],
        },
      ],
    },
  };
});

function packageRules(room) {
  const only = (packages, allowedRooms, message) => (allowedRooms.includes(room) ? [] : [{ regex: packages, message }]);
  return [
    ...only('^react(-dom)?(/|$)', ['app'], 'React lives in app only.'),
    ...only('^@cornerstonejs/', ['viewer', 'formats'], 'Cornerstone lives in viewer and formats/dicom only.'),
    ...only('^@tensorflow/', ['engine'], 'tfjs lives in engine/webgpu only.'),
    ...only('^onnxruntime-(web|node)', [], 'Entries pick the ONNX runtime and hand it down.'),
  ];
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'public/', '.cache/'] },
  tseslint.configs.recommended,
  {
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file itself.' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
  ...roomRules,
);
