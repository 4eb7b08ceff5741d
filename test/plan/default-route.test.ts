import { expect, test } from 'vitest';
import { withoutDefaultRoute } from '../../src/plan/default-route.ts';

test('M5: isDefaultGateway goes, the gateway itself stays', () => {
  expect(withoutDefaultRoute({ type: 'bridge', isDefaultGateway: true })).toEqual({
    type: 'bridge',
    isDefaultGateway: false,
    isGateway: true,
  });
});

test.each(['0.0.0.0/0', '::/0', '::0/0', '0:0::/0'])(
  'M5, M6: a route to %s goes, the others and unknown keys stay',
  (dst) => {
    const routes = [{ dst: '10.9.0.0/16' }, { dst, gw: '10.0.0.1' }, { dst: 'odd' }, null, 'odd'];
    const config = { type: 'x', mine: 1, ipam: { type: 'host-local', ranges: [[]], routes } };
    expect(withoutDefaultRoute(config)).toEqual({
      type: 'x',
      mine: 1,
      ipam: { type: 'host-local', ranges: [[]], routes: [{ dst: '10.9.0.0/16' }, { dst: 'odd' }, null, 'odd'] },
    });
  },
);

test.each([
  {},
  { isDefaultGateway: false },
  { isDefaultGateway: 'true' },
  { ipam: null },
  { ipam: [] },
  { ipam: { routes: {} } },
  { ipam: { routes: [] } },
  { ipam: { routes: [{ dst: '10.0.0.0/8' }] } },
])('what asks for no default route stays the same object: %j', (config) => {
  expect(withoutDefaultRoute(config)).toBe(config);
});
