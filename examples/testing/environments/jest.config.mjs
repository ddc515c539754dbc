/** jsdom as Jest has it, with the globals of Node that msw needs (https://mswjs.io/docs/migrations/1.x-to-2.x#frequent-issues). */
export default {
  testEnvironment: "jest-fixed-jsdom",
  testMatch: ["**/jest.test.mjs"],
  transform: {},
};
