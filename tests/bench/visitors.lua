-- What visitors send, in turn: mostly the dashboard, and some of everything else that is answered
-- in another way. The session's cookie comes as an argument.
local kinds = {
	{ "GET", "/dashboard" },
	{ "GET", "/dashboard" },
	{ "GET", "/" },
	{ "GET", "/dashboard" },
	{ "GET", "/account/sessions" },
	{ "GET", "/nothing-here" },
	{ "POST", "/signout", "csrf=wrong&note=" .. string.rep("x", 2000) },
}
local requests, n = {}, 0

function init(args)
	for i, kind in ipairs(kinds) do
		local headers = { Cookie = args[1] }
		if kind[3] then
			headers["Content-Type"] = "application/x-www-form-urlencoded"
		end
		requests[i] = wrk.format(kind[1], kind[2], headers, kind[3])
	end
end

function request()
	n = n % #requests + 1
	return requests[n]
end
