package duobot

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/duosecurity/duo_api_golang/authapi"

	"github.com/sallyport/sallyport/pull"
)

// keyedType is what the phone shows above the lines, never to be taken for a landing.
const keyedType = "Sallyport request"

// Keyed is one question about a key, in the person's Duo name.
type Keyed struct {
	User     string
	Factor   pull.Factor
	Device   string // "" for whichever can
	Passcode string
	Key      string
	Token    string // the name of the token in whose name it is asked
	Info     string // clean, see CleanInfo
}

// capability is what a device must be able to do for a factor.
var capability = map[pull.Factor]string{pull.FactorPush: "push", pull.FactorPhone: "phone", pull.FactorSMS: "sms"}

// AskKeyed asks as Ask does, with any factor. A passcode is decided at once, a message of passcodes is PromptTexted,
// and the others are open.
func (c *Client) AskKeyed(ctx context.Context, k Keyed) (Answer, error) {
	answer, err := c.ready(ctx, k)
	if err != nil {
		return unsent(err), err
	}
	if answer.State != pull.PromptOpen {
		return answer, nil
	}
	reply, err := c.call(ctx, c.cfg.Timeout, true).Auth(string(k.Factor), k.options()...)
	if unknownUser(err) {
		return noUser(err), nil
	}
	if err != nil {
		return unsent(err), wrap("asking duo to authenticate", pull.Unknown, err)
	}
	switch k.Factor {
	case pull.FactorPasscode:
		return readPasscode(reply), nil
	case pull.FactorSMS:
		return readTexted(reply), nil
	}
	return readAuth(reply), nil
}

func (k Keyed) options() []func(*url.Values) {
	options := []func(*url.Values){authapi.AuthUsername(k.User)}
	if k.Factor == pull.FactorPasscode {
		return append(options, authapi.AuthPasscode(k.Passcode))
	}
	device := k.Device
	if device == "" {
		device = "auto"
	}
	options = append(options, authapi.AuthDevice(device))
	if k.Factor != pull.FactorSMS {
		options = append(options, authapi.AuthAsync())
	}
	if k.Factor == pull.FactorPush {
		options = append(options, authapi.AuthType(keyedType), authapi.AuthPushinfo(keyedInfo(k.Key, k.Token, k.Info)))
	}
	return options
}

// ready asks Duo beforehand; PromptOpen means that nothing stands in the way.
func (c *Client) ready(ctx context.Context, k Keyed) (Answer, error) {
	if k.User == "" {
		return Answer{}, &pull.Failure{Class: pull.Permanent, Code: "duo-unmapped", Err: errors.New("no duo user was named")}
	}
	reply, err := c.call(ctx, c.cfg.Timeout, false).Preauth(authapi.PreauthUsername(k.User))
	if unknownUser(err) {
		return noUser(err), nil
	}
	if err != nil {
		return Answer{}, wrap("asking duo about the user", pull.Transient, err)
	}
	if reply.Stat != "OK" || reply.Response.Result != "auth" {
		return readPreauth(reply), nil
	}
	able := k.Factor == pull.FactorPasscode
	for _, device := range reply.Response.Devices {
		named := k.Device == "" || k.Device == "auto" || k.Device == device.Device
		able = able || named && slices.Contains(device.Capabilities, capability[k.Factor])
	}
	if !able {
		return Answer{State: pull.PromptNoDevice, Detail: "No enrolled device can take a " + string(k.Factor)}, nil
	}
	return Answer{State: pull.PromptOpen}, nil
}

// readPasscode reads an answer that has no transaction: the passcode was the person's own word.
func readPasscode(a *authapi.AuthResult) Answer {
	said := clip(visible(a.Response.Status_Msg), maxPaths)
	if a.Stat != "OK" || a.Response.Txid != "" {
		return Answer{Detail: "Duo's answer is not one to a passcode"}
	}
	var status authapi.AuthStatusResult
	status.Stat = a.Stat
	status.Response.Result, status.Response.Status, status.Response.Status_Msg = a.Response.Result, a.Response.Status, a.Response.Status_Msg
	answer := readStatus(&status)
	if answer.State == pull.PromptOpen {
		return Answer{Detail: said}
	}
	return answer
}

// readTexted tells passcodes that were sent from a refusal, both of which Duo calls a denial.
func readTexted(a *authapi.AuthResult) Answer {
	said := clip(visible(a.Response.Status_Msg), maxPaths)
	if a.Stat == "OK" && a.Response.Result == "deny" && a.Response.Status == "sent" {
		return Answer{State: pull.PromptTexted, Detail: said}
	}
	answer := readAuth(a)
	if answer.State == pull.PromptOpen {
		return Answer{Detail: "Duo's answer is not one to a request for passcodes"}
	}
	return answer
}
