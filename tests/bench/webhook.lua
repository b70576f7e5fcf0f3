-- Posts the events of a file, which webhook.py has signed: a line each, signature, tab, body. Each
-- thread begins at a place of its own, so that no event is posted twice as long as there are enough.
local place = 0

function setup(thread)
	thread:set("place", place)
	place = place + 1
end

local events, n = {}, 0

function init(args)
	local threads = tonumber(args[2])
	local i = 0
	for line in io.lines(args[1]) do
		if i % threads == place then
			events[#events + 1] = line
		end
		i = i + 1
	end
end

function request()
	n = n % #events + 1
	local signature, body = events[n]:match("^([^\t]*)\t(.*)$")
	return wrk.format("POST", "/webhooks/stripe",
		{ ["Content-Type"] = "application/json", ["Stripe-Signature"] = signature }, body)
end

function done(summary)
	io.write(string.format("%d requests in all\n", summary.requests))
end
