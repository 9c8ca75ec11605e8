package api

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// prefixes reads addresses and CIDR ranges; Config.Validate has checked them.
func prefixes(proxies []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range proxies {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p.Masked())
		} else if a, err := netip.ParseAddr(text); err == nil {
			out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
		}
	}
	return out
}

// clientIP returns the address that a request came from. Trusted proxies append the address that they saw to
// X-Forwarded-For, so the list is read from its end; what stands before an address that is no proxy's may be invented.
func (s *Server) clientIP(f *fiber.Ctx) string {
	ip := f.Context().RemoteIP().String()
	var hops []string
	for _, line := range f.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for _, hop := range slices.Backward(hops) {
		if !s.trusts(ip) {
			break
		}
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		ip = a.Unmap().String()
	}
	return ip
}

func (s *Server) trusts(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}
